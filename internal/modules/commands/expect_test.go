package commands_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestExpectKeepsAnswers looks for an answer where it must not be: in what the module returns at any verbosity, and in the command
// line and environment of the program that it is typed to.
func TestExpectKeepsAnswers(t *testing.T) {
	const secret = "swordfish-4711"
	dir := needs.Folder(t)
	seen := filepath.Join(dir, "seen")
	line := `sh -c 'printf "Password: "; read x; echo "$x" > ` + filepath.Join(dir, "typed") + `; tr "\0" "\n" < /proc/$$/cmdline > ` + seen + `; env >> ` + seen + `'`
	for name, answer := range map[string]value.Value{"text": value.NewStr(secret), "list": value.NewList(value.NewStr(secret))} {
		t.Run(name, func(t *testing.T) {
			sys, err := target.NewReal(dir)
			if err != nil {
				t.Fatal(err)
			}
			args := value.DictOf("command", value.NewStr(line), "responses", value.DictOf("Password", answer))
			r := server.RunDef(context.Background(), sys, modules.Find("expect"), server.Call{Module: "expect", Args: args, Verbose: 4})
			shown, err := value.AppendJSON(nil, r.Dict(), value.JSONOptions{})
			if err != nil || r.Failed {
				t.Fatalf("%s, %v", shown, err)
			}
			typed, _ := os.ReadFile(filepath.Join(dir, "typed"))
			told, _ := os.ReadFile(seen)
			if string(typed) != secret+"\n" || len(told) == 0 {
				t.Fatalf("the program got %q and told %q", typed, told)
			}
			if !strings.Contains(string(shown), "invocation") || strings.Contains(string(shown)+string(told), secret) {
				t.Errorf("the answer is in %s or in %s", shown, told)
			}
		})
	}
}
