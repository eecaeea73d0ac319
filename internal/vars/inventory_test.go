package vars_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

// The same inventory as that of TestPrecedenceRecorded, read from files.
func TestInventoryPrecedence(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"inv/hosts": "[all:vars]\nx=FOUND:inv_all\n[parent:children]\ng\n[parent:vars]\nx=FOUND:inv_parent\n[g]\nh1 x=FOUND:inv_host\n[g:vars]\nx=FOUND:inv_group\n",
	}
	for side, d := range map[string]string{"inv": "inv/", "pb": ""} {
		for name, f := range map[string]string{"all": "group_vars/all.yml", "group": "group_vars/g.yml", "host": "host_vars/h1.yml", "parent": "group_vars/parent.yml"} {
			files[d+f] = "x: FOUND:" + side + "_" + name + "_file\n"
		}
	}
	write(t, dir, files)
	inv, err := inventory.Load(context.Background(), []string{filepath.Join(dir, "inv/hosts")}, inventory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := vars.FromInventory(inv)
	if err := h.Check(dir); err != nil {
		t.Fatal(err)
	}
	layers, ok := h.LayersIn("h1", dir)
	if !ok || len(layers) != len(inventoryOrder) {
		t.Fatalf("got %d layers", len(layers))
	}
	for i, want := range inventoryOrder {
		if got, _ := value.Text(layers[i].Stored("x")); got != "FOUND:"+want {
			t.Errorf("layer %d: got %s, want %s", i, got, want)
		}
	}
	if file, d := h.SourceOf("h1"); file != filepath.Join(dir, "inv/hosts") || d != filepath.Join(dir, "inv") {
		t.Errorf("source: %s %s", file, d)
	}
	if names := h.GroupNames("h1"); len(names) != 2 || names[0] != "g" || names[1] != "parent" {
		t.Errorf("groups: %s", names)
	}
	if err := os.WriteFile(filepath.Join(dir, "group_vars/all.yml"), []byte("- a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	inv, err = inventory.Load(context.Background(), []string{filepath.Join(dir, "inv/hosts")}, inventory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := vars.FromInventory(inv).Check(dir); err == nil {
		t.Error("a list as group_vars was taken")
	}
}
