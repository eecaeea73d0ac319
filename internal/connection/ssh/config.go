package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kevinburke/ssh_config"
)

// configFile is a file as ssh_config(5) describes, read once.
type configFile struct {
	once    sync.Once
	config  *ssh_config.Config
	matches bool // it has a Match line
	err     error
}

// config gives what the user's file and the system's say of a host.
func (o *opener) config(ctx context.Context, p *plan) (options, error) {
	files := []string{filepath.Join(p.home(), ".ssh", "config"), "/etc/ssh/ssh_config"}
	if own := p.opts.first("ConfigFile"); own == "none" {
		return nil, nil
	} else if own != "" {
		path, err := p.file(own)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(path); err != nil {
			return nil, words("Can't open user config file %s: %w", own, errors.Unwrap(err))
		}
		files = []string{path}
	}
	var out options
	for _, path := range files {
		more, err := o.configFile(path).of(ctx, p, path)
		if err != nil {
			return nil, err
		}
		if v := more.first(ignored); v != "" && !strings.EqualFold(v, "none") && p.Note != nil {
			p.Note(fmt.Sprintf("%s of %s is ignored: a run has one connection to each host, and shares it by itself", ignored, path))
		}
		out = append(out, more...)
	}
	return out, nil
}

// ignored is the keyword that people set for speed, and that makes no difference here.
const ignored = "ControlPath"

func (o *opener) configFile(path string) *configFile {
	o.mu.Lock()
	f := o.files[path]
	if f == nil {
		f = &configFile{}
		o.files[path] = f
	}
	o.mu.Unlock()
	f.once.Do(func() { f.read(path) })
	return f
}

func (f *configFile) read(path string) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return
	}
	if err != nil {
		f.err = err
		return
	}
	for line := range strings.Lines(string(text)) {
		word := strings.ToLower(strings.TrimSpace(line))
		f.matches = f.matches || strings.HasPrefix(word, "match ") || strings.HasPrefix(word, "match\t")
	}
	f.config, f.err = ssh_config.DecodeBytes(text)
}

// of gives what the file says of a host. Match lines are left to OpenSSH where it is installed, since they may ask for
// anything: the user, a program's exit code, the host's name after HostName.
func (f *configFile) of(ctx context.Context, p *plan, path string) (options, error) {
	if f.matches || f.err != nil {
		if program, err := exec.LookPath("ssh"); err == nil {
			return asked(ctx, p, program, path)
		}
	}
	if f.err != nil {
		return nil, fmt.Errorf("%s: %w", path, f.err)
	}
	if f.config == nil {
		return nil, nil
	}
	var out options
	for _, name := range append([]string{ignored}, honoured...) {
		values, err := f.config.GetAll(p.name, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, v := range values {
			out.add(name, v)
		}
	}
	for old, now := range renamed {
		if v, err := f.config.Get(p.name, old); err == nil && v != "" {
			out.add(now, v)
		}
	}
	return out, nil
}

// asked has OpenSSH tell what a file says of a host (ssh -G), less what it says without any file.
func asked(ctx context.Context, p *plan, program, path string) (options, error) {
	defaults, err := tellAll(ctx, p, program, "none")
	if err != nil {
		return nil, err
	}
	all, err := tellAll(ctx, p, program, path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return slices.DeleteFunc(all, func(o option) bool { return slices.Contains(defaults, o) }), nil
}

func tellAll(ctx context.Context, p *plan, program, path string) (options, error) {
	args := []string{"-G", "-F", path}
	for _, name := range []string{"User", "Port"} {
		if v := p.opts.first(name); v != "" {
			args = append(args, "-o", name+"="+v)
		}
	}
	cmd := exec.CommandContext(ctx, program, append(args, "--", p.name)...)
	cmd.Env, cmd.WaitDelay = p.Env, time.Second // for what a Match exec has started
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, errors.New(strings.TrimSpace(errs.String()))
	}
	var list options
	for line := range strings.Lines(out.String()) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if known(name, honoured) || known(name, []string{ignored}) {
			list.add(name, text)
		}
	}
	return list, nil
}
