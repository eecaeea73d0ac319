package conformance_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli"
)

// BenchmarkTemplateTasks is a whole run with 50 template tasks of 1,000 rows each, into an empty folder. Against the real
// Ansible it is measured by internal/tools/bench.
func BenchmarkTemplateTasks(b *testing.B) {
	const tasks, rows = 50, 1000
	dir := b.TempDir()
	var vars, play strings.Builder
	vars.WriteString("domain: example.org\nrows:\n")
	for i := range rows {
		fmt.Fprintf(&vars, "  - {name: host%d, addr: 10.0.%d.%d, port: %d, up: %t}\n", i, i/256, i%256, 8000+i, i%2 == 0)
	}
	play.WriteString("- hosts: all\n  gather_facts: false\n  tasks:\n")
	for i := range tasks {
		fmt.Fprintf(&play, "    - template: {src: rows.j2, dest: \"{{ out }}/%d.conf\", mode: \"0644\"}\n      vars: {number: %d}\n", i, i)
	}
	for name, text := range map[string]string{
		"hosts.yml":          "all: {hosts: {here: {ansible_connection: local}}}\n",
		"group_vars/all.yml": vars.String(),
		"play.yml":           play.String(),
		"templates/rows.j2": "# number {{ number }}\n{% for r in rows %}\n{{ r.name }}.{{ domain }} {{ r.addr }}:{{ r.port }}" +
			"{% if r.up %} up{% endif %} {{ r.name | upper }} {{ r.missing | default('-') }}\n{% endfor %}\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.Chdir(dir)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		out := filepath.Join(dir, fmt.Sprint("out", n))
		if err := os.Mkdir(out, 0o700); err != nil {
			b.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		code := cli.Main(b.Context(), &cli.Env{
			Name: "ansible-playbook", Args: []string{"-i", "hosts.yml", "play.yml", "-e", "out=" + out}, Environ: environ(dir), Dir: dir,
			Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now,
			Version: cli.Version{Program: "bench", Core: "2.19.11"},
		})
		if code != 0 || !strings.Contains(stdout.String(), "changed=50 ") {
			b.Fatalf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
		}
		if err := os.RemoveAll(out); err != nil {
			b.Fatal(err)
		}
	}
}
