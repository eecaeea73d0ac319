// Package build builds the program as it is shipped, for tests and benchmarks of the whole program. Taskfile.yml builds it in
// the same way; a test holds the two together.
package build

import (
	"fmt"
	"os"
	"os/exec"
)

// Flags of go build: nothing of the machine that builds gets into the binary, no symbols, and not the generator of manual
// pages in the command line library, which costs a tenth of the start.
var Flags = []string{"-trimpath", "-tags=urfave_cli_no_docs", "-ldflags=-s -w"}

// Program builds the program from the repository at root into the file out, statically.
func Program(root, out string) error {
	cmd := exec.Command("go", append(append([]string{"build"}, Flags...), "-o", out, "./cmd/kimai-ansible")...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the program: %w\n%s", err, text)
	}
	return nil
}
