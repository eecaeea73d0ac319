package actions

import (
	"bytes"
	"context"
	"crypto/md5"  //nolint:gosec // part of Ansible's result
	"crypto/sha1" //nolint:gosec // see below
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.assemble", Run: runAssemble, Page: &module.Def{
	Check: module.Full, Diff: module.Full, FileArgs: true,
	Args: module.Args{
		{Name: "src", Type: module.Path, Required: true, Help: "The folder with the fragments."},
		{Name: "dest", Type: module.Path, Required: true, Help: "The file on the target."},
		{Name: "delimiter", Help: "What stands between two fragments."},
		{Name: "regexp", Help: "Only fragments whose names match this."},
		{Name: "ignore_hidden", Type: module.Bool, Default: false, Help: "Leave out fragments whose names begin with a dot."},
		{Name: "remote_src", Type: module.Bool, Default: true, Help: "The folder is on the target."},
		{Name: "decrypt", Type: module.Bool, Default: true, Help: "Open vaulted fragments."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the file that is replaced."},
		{Name: "validate", Help: "A command that must accept the new file, whose path takes the place of %s."},
	},
	Doc: module.Doc{
		Short:    "Make one file of the fragments in a folder, and bring it to the target.",
		Examples: "- ansible.builtin.assemble:\n    src: fragments\n    dest: /etc/app.conf\n    remote_src: false\n    mode: \"0644\"\n",
	},
}})

// runAssemble makes one file of the fragments in a folder of the control node, and brings it to the target. With fragments on
// the target, which are Ansible's default, all of it is the module's.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/assemble_module.html
func runAssemble(ctx context.Context, c *Call) (*result.Result, error) {
	src, dest := text(c.Args, "src"), text(c.Args, "dest")
	if src == "" || dest == "" {
		return nil, c.errorf("src and dest are required")
	}
	if lenient(c.Args, "remote_src", true) {
		args := c.Args.Copy()
		args.DeleteStr("decrypt")
		return c.Module(ctx, "ansible.legacy.assemble", args, nil)
	}
	dir, err := c.find("files", src)
	if err != nil {
		return nil, c.raise("%v", err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, c.errorf("Source (%s) is not a directory", dir)
	}
	var matching *regexp.Regexp
	if pattern := text(c.Args, "regexp"); pattern != "" {
		if matching, err = c.pattern(pattern); err != nil {
			return nil, err
		}
	}
	body, err := c.fragments(dir, matching)
	if err != nil {
		return nil, err
	}
	args := c.Args.Copy()
	for _, name := range []string{"src", "remote_src", "regexp", "delimiter", "ignore_hidden", "decrypt"} {
		args.DeleteStr(name)
	}
	args.SetStr("_original_basename", value.NewStr("src"))
	r, err := c.Module(ctx, "ansible.legacy.copy", args, contentOf(body, dir))
	if err != nil || r.Bad() {
		if err == nil {
			r.Values.DeleteStr("checksum")
			r.Values.DeleteStr("diff")
		}
		return r, err
	}
	c.asAssembled(r.Values, dest, dir, body)
	return r, nil
}

// asAssembled makes a result of copy one of assemble: with one diff, if it is asked for, and as if the file had been written where
// there was nothing to write, or it is check mode.
func (c *Call) asAssembled(r *value.Dict, dest, dir string, body []byte) {
	diff, _ := r.Stored("diff").(*value.List)
	switch {
	case !c.Diff:
		r.DeleteStr("diff")
	case diff != nil && diff.Len() == 1:
		r.SetStr("diff", diff.Stored()[0])
	}
	path := r.Stored("path")
	switch {
	case path != nil:
		r.DeleteStr("path")
		r.SetStr("dest", path)
	case c.Check && r.Stored("dest") == nil:
		r.SetStr("dest", value.NewStr(dest))
	default:
		return
	}
	sum, sha := md5.Sum(body), sha1.Sum(body) //nolint:gosec // see above
	r.SetStr("checksum", value.NewStr(hex.EncodeToString(sha[:])))
	r.SetStr("md5sum", value.NewStr(hex.EncodeToString(sum[:])))
	r.SetStr("src", value.NewStr(dir))
}

// fragments joins the files of a folder in the order of their names, with the delimiter on lines of its own between them.
func (c *Call) fragments(dir string, matching *regexp.Regexp) ([]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, c.errorf("reading %s: %v", dir, err)
	}
	delimiter := unescaped(text(c.Args, "delimiter"))
	hidden := !lenient(c.Args, "ignore_hidden", false)
	var body bytes.Buffer
	first := true
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || matching != nil && !matching.MatchString(name) || !hidden && strings.HasPrefix(name, ".") {
			continue
		}
		part, err := c.fragment(path)
		if err != nil {
			return nil, err
		}
		if body.Len() > 0 && !bytes.HasSuffix(body.Bytes(), []byte("\n")) {
			body.WriteByte('\n')
		}
		if !first && delimiter != "" {
			body.WriteString(delimiter)
			if !strings.HasSuffix(delimiter, "\n") {
				body.WriteByte('\n')
			}
		}
		first = false
		body.Write(part)
	}
	return body.Bytes(), nil
}

func (c *Call) fragment(path string) ([]byte, error) {
	if !lenient(c.Args, "decrypt", true) {
		return os.ReadFile(path)
	}
	part, _, err := c.Files.ReadFile(path)
	if err != nil {
		return nil, c.raise("%s", c.unopened(path, err))
	}
	return part, nil
}

// unescaped gives a delimiter with the escapes in it as what they stand for.
func unescaped(s string) string {
	return strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\\`, `\`).Replace(s)
}
