package actions

import (
	"context"
	"crypto/md5"  //nolint:gosec // part of Ansible's result
	"crypto/sha1" //nolint:gosec // Ansible's checksum of files
	"encoding/base64"
	"encoding/hex"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.fetch", Run: runFetch})

// runFetch brings a file of the target to the control node.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/fetch_module.html
func runFetch(ctx context.Context, c *Call) (*result.Result, error) {
	if c.Check {
		r := skipped()
		r.Values.SetStr("msg", value.NewStr("check mode not (yet) supported for this module"))
		return r, nil
	}
	if err := c.fetchArguments(); err != nil {
		return nil, err
	}
	src, dest := text(c.Args, "src"), text(c.Args, "dest")
	read, err := c.Host.Exec(ctx, "ansible.legacy.slurp", value.DictOf("src", value.NewStr(src)), nil)
	if err != nil {
		return nil, err
	}
	if read.Failed {
		return c.notFetched(src, FromModule(read, c.Pos)), nil
	}
	content, err := base64.StdEncoding.DecodeString(textOf(read.Get("content")))
	if err != nil {
		return nil, c.errorf("the content of %s can't be read: %v", src, err)
	}
	if dest, err = c.fetchPlace(src, dest); err != nil {
		return nil, err
	}
	return c.keepFetched(src, dest, content)
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

// keepFetched writes the content where it is not there yet.
func (c *Call) keepFetched(src, dest string, content []byte) (*result.Result, error) {
	sum := sha1.Sum(content)   //nolint:gosec // see above
	sumMD5 := md5.Sum(content) //nolint:gosec // see above
	checksum, checksumMD5 := value.NewStr(hex.EncodeToString(sum[:])), value.NewStr(hex.EncodeToString(sumMD5[:]))
	if old, err := os.ReadFile(dest); err == nil && sha1.Sum(old) == sum { //nolint:gosec // see above
		return ok("md5sum", checksumMD5, "file", value.NewStr(src), "dest", value.NewStr(dest), "checksum", checksum), nil
	}
	if err := os.MkdirAll(filepath.Dir(dest), 0o777); err != nil {
		return nil, c.errorf("Failed to create the folder of %s: %v", dest, err)
	}
	if err := os.WriteFile(dest, content, 0o666); err != nil { //nolint:gosec // the umask decides, as in Ansible
		return nil, c.errorf("Failed to fetch the file: %v", err)
	}
	if lenient(c.Args, "validate_checksum", true) {
		if written, err := os.ReadFile(dest); err != nil || sha1.Sum(written) != sum { //nolint:gosec // see above
			return nil, c.errorf("checksum mismatch: what was written to %s reads back differently", dest)
		}
	}
	r := ok("md5sum", checksumMD5, "dest", value.NewStr(dest), "remote_md5sum", value.None, "checksum", checksum, "remote_checksum", checksum)
	r.Changed = true
	r.Values.SetStr("changed", value.True)
	return r, nil
}
