package actions

import (
	"context"
	"crypto/md5" //nolint:gosec // part of Ansible's result
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // Ansible's checksum of files
	"encoding/hex"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.fetch", Run: runFetch, Page: &module.Def{
	Check: module.None,
	Args: module.Args{
		{Name: "src", Required: true, Help: "The file on the target."},
		{Name: "dest", Required: true, Help: "The folder on the control node; the file goes into dest/HOST/SRC below it."},
		{Name: "flat", Type: module.Bool, Default: false, Help: "dest is the file itself, or with a slash at its end the folder of it."},
		{Name: "fail_on_missing", Type: module.Bool, Default: true, Help: "A file that is not there fails the task."},
		{Name: "validate_checksum", Type: module.Bool, Default: true, Help: "Compare the checksums afterwards."},
	},
	Doc: module.Doc{
		Short:    "Bring a file of the target to the control node.",
		Examples: "- ansible.builtin.fetch:\n    src: /etc/machine-id\n    dest: fetched/{{ inventory_hostname }}\n    flat: true\n",
		Returns:  []module.Return{{Name: "checksum", Type: "str", When: "success", Help: "The SHA-1 of the file."}, {Name: "dest", Type: "str", When: "success", Help: "Where it is now."}},
	},
}})

// runFetch brings a file of the target to the control node.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/fetch_module.html
func runFetch(ctx context.Context, c *Call) (*result.Result, error) {
	if c.Check {
		return skippedFor("check mode not (yet) supported for this module"), nil
	}
	if err := c.fetchArguments(); err != nil {
		return nil, err
	}
	src, dest := text(c.Args, "src"), text(c.Args, "dest")
	dest, placeErr := c.fetchPlace(src, dest)
	f := &fetched{name: dest, err: placeErr}
	defer f.drop()
	have, haveMD5 := sumsOf(dest)
	read, err := c.Host.Fetch(ctx, src, have, f)
	if err != nil {
		return nil, err
	}
	switch {
	case placeErr != nil && (f.begun || !read.Failed):
		return nil, placeErr
	case f.err != nil && placeErr == nil:
		return nil, c.errorf("Failed to fetch the file: %v", f.err)
	case read.Failed:
		return c.notFetched(src, FromModule(read, c.Pos)), nil
	}
	checksum := textOf(read.Get("checksum"))
	if checksum == have {
		return ok("md5sum", value.NewStr(haveMD5), "file", value.NewStr(src), "dest", value.NewStr(dest), "checksum", value.NewStr(have)), nil
	}
	return c.keepFetched(f, checksum)
}

func (c *Call) fetchArguments() error {
	for _, name := range []string{"src", "dest"} {
		v := c.Args.Stored(name)
		if _, isStr := v.(value.Str); v != nil && v != value.None && !isStr {
			what := map[string]string{"src": "source", "dest": "dest"}[name]
			return c.errorf("Invalid type supplied for %s option, it must be a string", what)
		}
	}
	if text(c.Args, "src") == "" || text(c.Args, "dest") == "" {
		return c.errorf("src and dest are required")
	}
	for it := c.Args.Iterate(); it.Next(); {
		switch key, _ := value.Text(it.Key()); key {
		case "src", "dest", "flat", "fail_on_missing", "validate_checksum":
		default:
			return c.errorf("Unsupported parameters for (%s) module: %s. Supported parameters include: dest, fail_on_missing, flat, src, validate_checksum.", c.Name, key)
		}
	}
	return nil
}

// notFetched is the result for a file that can't be read, which fails the task unless fail_on_missing is false.
func (c *Call) notFetched(src string, r *result.Result) *result.Result {
	fatal := lenient(c.Args, "fail_on_missing", true)
	missing := strings.HasPrefix(r.Fault.Cause.Cause.Msg, "File not found")
	folder := strings.HasPrefix(r.Fault.Cause.Cause.Msg, "Source is a directory")
	const notFolder = "remote file is a directory, fetch cannot work on directories"
	switch {
	case folder && fatal:
		return c.fail(notFolder)
	case folder:
		return ok("msg", value.NewStr(notFolder+", not transferring, ignored"))
	case missing:
		const gone = "the remote file does not exist, not transferring, ignored"
		if !fatal {
			return ok("msg", value.NewStr(gone), "file", value.NewStr(src))
		}
		r.Values = value.DictOf("changed", value.False, "msg", value.NewStr(gone))
		return r
	case !fatal:
		msg, _ := value.Text(r.Values.Stored("msg"))
		return ok("msg", value.NewStr(msg+", not transferring, ignored"), "file", value.NewStr(src))
	}
	return r
}

// fetchPlace is the file on the control node: dest itself with flat, else below a folder of dest that is the host's.
func (c *Call) fetchPlace(src, dest string) (string, error) {
	name := dest
	if !lenient(c.Args, "flat", false) {
		name = filepath.Join(c.fromPlaybook(dest), c.HostName, src)
		return filepath.Clean(name), nil
	}
	if strings.HasSuffix(dest, "/") {
		return filepath.Join(c.fromPlaybook(dest), path.Base(src)), nil
	}
	name = c.fromPlaybook(dest)
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return "", c.errorf("dest is an existing directory, use a trailing slash if you want to fetch src into that directory")
	}
	return name, nil
}

// fromPlaybook makes a name relative to the playbook an absolute one.
func (c *Call) fromPlaybook(name string) string {
	if filepath.IsAbs(name) || len(c.Search) == 0 {
		return name
	}
	return filepath.Join(c.Search[len(c.Search)-1], name)
}

// fetched is the file on the control node that a fetched one becomes: first one beside it, made when the first bytes
// come, which is renamed at the end.
type fetched struct {
	name  string
	real  string // name, with links followed: what they lead to is replaced
	temp  *os.File
	err   error
	begun bool // something came
}

// Write takes a piece of the content.
func (f *fetched) Write(b []byte) (int, error) {
	f.begun = true
	if f.err == nil {
		f.err = f.open()
	}
	if f.err != nil {
		return 0, f.err
	}
	var n int
	n, f.err = f.temp.Write(b)
	return n, f.err
}

func (f *fetched) open() (err error) {
	if f.temp != nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(f.name), 0o777); err != nil {
		return err
	}
	mode := os.FileMode(0o666) // the umask decides, as in Ansible
	f.real = f.name
	if real, err := filepath.EvalSymlinks(f.name); err == nil {
		f.real = real
		if info, err := os.Stat(real); err == nil {
			mode = info.Mode().Perm()
		}
	}
	f.temp, err = os.OpenFile(filepath.Join(filepath.Dir(f.real), ".ansible_tmp"+rand.Text()), os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	return err
}

// keep puts the file in its place.
func (f *fetched) keep() error {
	if err := f.open(); err != nil { // an empty file has no pieces
		return err
	}
	temp := f.temp
	f.temp = nil
	err := temp.Close()
	if err == nil {
		err = os.Rename(temp.Name(), f.real)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

// drop removes what is not kept.
func (f *fetched) drop() {
	if f.temp != nil {
		_ = f.temp.Close()
		_ = os.Remove(f.temp.Name())
	}
}

// sumsOf gives the SHA-1 and the MD5 of a file, in hex; "" when it can't be read.
func sumsOf(name string) (sum, sumMD5 string) {
	f, err := os.Open(name)
	if err != nil {
		return "", ""
	}
	defer f.Close()
	a, b := sha1.New(), md5.New() //nolint:gosec // see above
	if _, err := io.Copy(io.MultiWriter(a, b), f); err != nil {
		return "", ""
	}
	return hex.EncodeToString(a.Sum(nil)), hex.EncodeToString(b.Sum(nil))
}

// keepFetched puts what was fetched in its place and looks whether it is what the target has.
func (c *Call) keepFetched(f *fetched, checksum string) (*result.Result, error) {
	dest := f.name
	if err := f.keep(); err != nil {
		return nil, c.errorf("Failed to fetch the file: %v", err)
	}
	sum, sumMD5 := sumsOf(dest)
	if sum != checksum && lenient(c.Args, "validate_checksum", true) {
		return nil, c.errorf("checksum mismatch: what was written to %s reads back differently", dest)
	}
	r := ok("md5sum", value.NewStr(sumMD5), "dest", value.NewStr(dest), "remote_md5sum", value.None, "checksum", value.NewStr(sum), "remote_checksum", value.NewStr(checksum))
	r.Changed = true
	r.Values.SetStr("changed", value.True)
	return r, nil
}
