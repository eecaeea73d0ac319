package files

import (
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.slurp", Check: module.Full, Run: runSlurp,
	Args: module.Args{
		{Name: "src", Aliases: []string{"path"}, Type: module.Path, Required: true, Help: "The file to read."},
	},
	Doc: module.Doc{
		Short:    "Return the content of a file in base64.",
		Examples: "- ansible.builtin.slurp:\n    src: /etc/hostname\n  register: name\n",
		Returns: []module.Return{
			{Name: "content", Type: "str", When: "success", Help: "The content, encoded."},
			{Name: "encoding", Type: "str", When: "success", Help: "base64."},
			{Name: "source", Type: "str", When: "success", Help: "The file."},
		},
	},
})

func runSlurp(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	src := p.Str("src")
	b, err := target.ReadFile(sys, src)
	switch {
	case err == nil:
		return module.Result{}.With("content", base64.StdEncoding.EncodeToString(b)).With("source", src).With("encoding", "base64"), nil
	case errors.Is(err, fs.ErrNotExist):
		r := module.Fail("File not found: %s", src)
		r.Cause = strings.Replace(fileattr.PyError(err, src), ": b'", ": '", 1)
		return r, nil
	case errors.Is(err, fs.ErrPermission):
		return module.Fail("File is not readable: %s", src), nil
	case errors.Is(err, syscall.EISDIR):
		return module.Fail("Source is a directory and must be a file: %s", src), nil
	}
	r := module.Fail("Unable to slurp file: {source}") // ansible-core 2.19 says it so
	r.Cause = strings.Replace(fileattr.PyError(err, src), ": b'", ": '", 1)
	return r, nil
}
