package actions

import (
	"context"
	"crypto/sha1" //nolint:gosec // Ansible's checksum of files
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.copy", Run: runCopy, Also: module.Args{copyDecrypt}})

var copyDecrypt = module.Arg{Name: "decrypt", Type: module.Bool, Default: value.True, Help: "Open vaulted files."}

// copyArgs are the arguments that stay here; all others are the module's.
var copyArgs = module.Args{
	{Name: "src", Type: module.Path, Help: "The file or folder on the control node."},
	{Name: "content", Type: module.Raw, Help: "What to write, in place of src."},
	{Name: "remote_src", Type: module.Bool, Default: value.False, Help: "src is on the target."},
	copyDecrypt,
	{Name: "local_follow", Type: module.Bool, Default: value.True, Help: "Follow links on the control node."},
	{Name: "directory_mode", Type: module.Raw, Help: "The mode of folders that are made on the way."},
}

// runCopy brings a file, a folder or a text to the target.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/copy_module.html
func runCopy(ctx context.Context, c *Call) (*result.Result, error) {
	own, rest := c.split(copyArgs)
	for _, name := range []string{"remote_src", "decrypt", "local_follow"} {
		if own.Has(name) {
			own.SetStr(name, value.Bool(lenient(own, name, false)))
		}
	}
	if own.Stored("content") == value.Value(value.None) {
		own.DeleteStr("content")
	}
	if v := own.Stored("src"); v != nil && v != value.None {
		if _, isStr := v.(value.Str); !isStr {
			return nil, c.raise("'%s' object has no attribute 'endswith'", pythonType(v))
		}
	}
	p, err := c.validateArgs(copyArgs, own)
	if err != nil {
		return nil, err
	}
	dest, hasDest := rest.Stored("dest").(value.Str)
	switch {
	case p.Str("src") == "" && !own.Has("content"):
		return c.fail("src (or content) is required"), nil
	case !hasDest || dest.String() == "":
		return c.fail("dest is required"), nil
	case p.Has("src") && own.Has("content"):
		return c.fail("src and content are mutually exclusive"), nil
	case own.Has("content") && strings.HasSuffix(dest.String(), "/"):
		return c.fail("can not use content with a dir as dest"), nil
	case p.Bool("remote_src") && !own.Has("content"): // content is sent all the same
		args := c.Args.Copy()
		args.SetStr("remote_src", value.True)
		args.DeleteStr("decrypt")
		return c.Only(ctx, "ansible.legacy.copy", args, nil)
	case own.Has("content"):
		c.last()
		return c.copyContent(ctx, p.Value("content"), rest)
	}
	if p.Has("directory_mode") {
		rest.SetStr("directory_mode", p.Value("directory_mode"))
	}
	path, info, err := c.look("files", p.Str("src"))
	if err != nil {
		return nil, c.errorf("Unexpected AnsibleActionFail error: %v", err)
	}
	if info.IsDir() {
		return c.copyTree(ctx, path, dest.String(), p, rest)
	}
	c.last()
	return c.copyFile(ctx, path, p, rest)
}

// copyContent writes a text; a mapping or list is written as JSON.
func (c *Call) copyContent(ctx context.Context, content value.Value, args *value.Dict) (*result.Result, error) {
	var text []byte
	switch v := content.(type) {
	case *value.Dict, *value.List:
		b, err := value.AppendJSON(nil, v, value.JSONOptions{})
		if err != nil {
			return nil, c.errorf("could not write content temp file: %v", err)
		}
		text = b
	default:
		s, err := value.Text(v)
		if err != nil {
			return nil, err
		}
		text = []byte(s)
	}
	content2 := contentOf(text, "")
	content2.Dynamic = true
	if m, ok := args.Stored("mode").(value.Str); ok && m.String() == "preserve" {
		args = args.Copy()
		args.SetStr("mode", value.NewStr("0600")) // that of Ansible's temporary file
	}
	return c.send(ctx, args, content2)
}

func (c *Call) copyFile(ctx context.Context, path string, p *module.Params, args *value.Dict) (*result.Result, error) {
	content, mode, err := c.fileContent(path, p.Bool("decrypt"))
	if noPassword(err) {
		return nil, c.raise("%s", c.unopened(path, err))
	}
	if err != nil {
		return nil, c.errorf("reading %s: %v", path, err)
	}
	args = args.Copy()
	args.SetStr("_original_basename", value.NewStr(filepath.Base(path)))
	if m, ok := args.Stored("mode").(value.Str); ok && m.String() == "preserve" {
		args.SetStr("mode", value.NewStr(fmt.Sprintf("0%o", mode.Perm())))
	}
	return c.send(ctx, args, content)
}

// send has the module copy write content, and gives its result as that of Ansible's action.
func (c *Call) send(ctx context.Context, args *value.Dict, content *module.Content) (*result.Result, error) {
	r, err := c.Module(ctx, "ansible.legacy.copy", args, content)
	if err != nil || r.Status != result.Failed {
		return r, err
	}
	msg := textOf(r.Values.Stored("msg"))
	switch {
	case strings.HasPrefix(msg, "Failed to get information on remote file "):
		return nil, c.raise("%s", msg)
	case msg == "can not use content with a dir as dest":
		r.Fault = failure("Action failed", msg, c.Pos)
	case strings.HasPrefix(msg, "Unsupported parameters"), strings.HasPrefix(msg, "argument '"):
		sum, err := content.Checksum(ctx)
		if err != nil {
			return nil, c.errorf("reading %s: %v", content.Label, err)
		}
		r.Values.SetStr("diff", value.NewList())
		r.Values.SetStr("checksum", value.NewStr(sum)) // Ansible has sent the file when the module looks at its arguments
	}
	return r, nil
}

// The sizes in bytes below which a file is read once and kept until it is sent, and from which its checksum is made only when the target asks
// for it: that has no file of the same size most often, and the larger the file, the more it costs to read it twice.
const (
	smallFile = 4 << 10
	largeFile = 4 << 20
)

// fileContent is a file of the control node as the content of a call; a vaulted one is opened in memory.
func (c *Call) fileContent(path string, decrypt bool) (*module.Content, fs.FileMode, error) {
	f, err := open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	room := int64(smallFile)
	if size := info.Size(); size > 0 {
		room = min(size+1, room) // a byte more than there is tells that this is all
	}
	head := make([]byte, room)
	n, err := io.ReadFull(f, head)
	switch {
	case decrypt && strings.HasPrefix(string(head[:n]), "$ANSIBLE_VAULT"):
		text, _, err := c.Files.ReadFile(path)
		if err != nil {
			return nil, 0, err
		}
		return contentOf(text, path), info.Mode(), nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return contentOf(head[:n], path), info.Mode(), nil
	case err != nil:
		return nil, 0, err
	}
	content := &module.Content{
		Open: func(context.Context) (io.ReadCloser, error) { return os.Open(path) },
		Sum:  func(ctx context.Context) (string, error) { sum, _, err := sumOfFile(ctx, path); return sum, err },
		Size: info.Size(), Label: path,
	}
	if content.Size < largeFile {
		content.SHA1, content.Size, err = sumOfFile(context.Background(), path)
	}
	return content, info.Mode(), err
}

// sumOfFile gives the SHA-1 of a file in hex, and its size in bytes.
func sumOfFile(ctx context.Context, path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	defer context.AfterFunc(ctx, func() { _ = f.Close() })() // reading ends
	h := sha1.New()                                          //nolint:gosec // Ansible's checksum of files
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// open is os.Open without the calls by which that finds out whether a file can be waited for.
func open(path string) (*os.File, error) {
	for {
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		default:
			return os.NewFile(uintptr(fd), path), nil
		}
	}
}

// contentOf is a text as the content of a call; label is the file it is shown as.
func contentOf(text []byte, label string) *module.Content {
	sum := sha1.Sum(text) //nolint:gosec // see above
	if text == nil {
		text = []byte{}
	}
	return &module.Content{Bytes: text, Size: int64(len(text)), SHA1: hex.EncodeToString(sum[:]), Label: label}
}
