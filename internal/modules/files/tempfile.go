package files

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.tempfile", Check: module.None, Run: runTempfile,
	Args: module.Args{
		{Name: "state", Default: "file", Choices: []string{"file", "directory"}, Help: "What is made."},
		{Name: "path", Type: module.Path, Help: "The folder to make it in. Default: $TMPDIR, else /tmp."},
		{Name: "prefix", Default: "ansible.", Help: "How the name begins."},
		{Name: "suffix", Default: "", Help: "How the name ends."},
	},
	Doc: module.Doc{
		Short:    "Make a temporary file or directory that only its owner can read.",
		Examples: "- ansible.builtin.tempfile:\n    state: directory\n    suffix: build\n  register: tmp\n",
		Returns:  []module.Return{{Name: "path", Type: "str", When: "success", Help: "What was made."}},
	},
})

func runTempfile(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	dir := p.Str("path")
	if dir == "" {
		dir = sys.TempDir()
	}
	for range 100 {
		name := path.Join(dir, p.Str("prefix")+randomName()+p.Str("suffix"))
		err := makeTemp(sys, name, p.Str("state"))
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return module.Fail("%s", strings.Replace(fileattr.PyError(err, name), ": b'", ": '", 1)), nil
		}
		r := module.Result{Changed: true}
		r.Set("path", name)
		fileattr.AddInfo(sys, name, &r)
		return r, nil
	}
	return module.Fail("No usable temporary file name found"), nil
}

func makeTemp(sys target.System, name, state string) error {
	if state == "directory" {
		return sys.Mkdir(name, 0o700)
	}
	f, err := sys.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// randomName gives eight random characters, as Python's tempfile does.
func randomName() string {
	const chars = "abcdefghijklmnopqrstuvwxyz0123456789_"
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	for i, x := range b {
		b[i] = chars[int(x)%len(chars)]
	}
	return string(b[:])
}
