package archives

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// tarArchive is what GNU tar unpacks.
type tarArchive struct {
	*unarchive
	kind   string
	tar    string // the program
	option string // for the compressor, "" when tar finds out
}

var _ handler = (*tarArchive)(nil)

func (t *tarArchive) name() string { return t.kind }

// args gives tar's arguments: what, then the options of the call, then the archive and what of it.
func (t *tarArchive) args(what string, owner bool) []string {
	argv := []string{t.tar, what, "-C", t.dest}
	if t.option != "" {
		argv = append(argv, t.option)
	}
	if extra := t.p.Strs("extra_opts"); len(extra) > 0 {
		argv = append(append(argv, "--show-transformed-names"), extra...)
	}
	if owner && t.p.Str("owner") != "" {
		argv = append(argv, "--owner="+t.p.Str("owner"))
	}
	if owner && t.p.Str("group") != "" {
		argv = append(argv, "--group="+t.p.Str("group"))
	}
	if owner && t.p.Bool("keep_newer") {
		argv = append(argv, "--keep-newer-files")
	}
	for _, e := range t.p.Strs("exclude") {
		argv = append(argv, "--exclude="+e)
	}
	return append(append(argv, "-f", t.src), t.p.Strs("include")...)
}

func (t *tarArchive) command() []string { return t.args("--extract", true) }

func (t *tarArchive) run(ctx context.Context, argv []string) (target.Exit, error) {
	exit, err := t.sys.Run(ctx, target.Command{Argv: argv, Dir: t.dest, Env: programs.C})
	if ctx.Err() != nil {
		return exit, ctx.Err()
	}
	return exit, err
}

// list gives the names as tar tells them, whose escapes are undone.
func (t *tarArchive) list(ctx context.Context) (names []string, why string, err error) {
	for _, name := range []string{"gtar", "tar"} {
		if t.tar, err = t.sys.LookPath(name); err == nil {
			break
		}
	}
	if err != nil {
		return nil, "Unable to find required 'gtar' or 'tar' binary in path", nil
	}
	exit, err := t.run(ctx, t.args("--list", false))
	if err != nil {
		return nil, "", err
	}
	if exit.Code != 0 {
		return nil, fmt.Sprintf("Command \"%s\" could not handle archive: Unable to list files in the archive: %s", t.tar, exit.Stderr), nil
	}
	for line := range strings.Lines(string(exit.Stdout)) {
		name := unquoteTar(strings.TrimSuffix(line, "\n"))
		if name == "" {
			continue
		}
		out, err := t.leftOut(name)
		if err != nil {
			return nil, "", err
		}
		if len(t.p.Strs("include")) > 0 || !out { // what is included, tar has chosen
			names = append(names, strings.TrimLeft(name, "/"))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Sprintf("Command \"%s\" found no files in archive. Empty archive files are not supported.", t.tar), nil
	}
	return names, "", nil
}

// unquoteTar undoes the escapes of a name: \303\274, \n and the like.
func unquoteTar(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		if n := strings.IndexByte(`abfnrtv\`, s[i]); n >= 0 {
			b = append(b, "\a\b\f\n\r\t\v\\"[n])
			continue
		}
		var c, k int
		for k = i; k < len(s) && k < i+3 && s[k] >= '0' && s[k] <= '7'; k++ {
			c = c*8 + int(s[k]-'0')
		}
		if k == i {
			b = append(b, '\\', s[i])
			continue
		}
		b = append(b, byte(c))
		i = k - 1
	}
	return string(b)
}

// differs asks tar. Owner and group count when this runs as root and the task does not set them itself, and so does the
// mode when the task does not set it.
func (t *tarArchive) differs(ctx context.Context) (bool, string, error) {
	exit, err := t.run(ctx, t.args("--diff", false))
	if err != nil {
		return false, "", err
	}
	if exit.Code == 0 {
		return false, "", nil
	}
	root := t.sys.Getuid() == 0
	for line := range strings.Lines(string(exit.Stdout) + string(exit.Stderr)) {
		line = strings.TrimSpace(line)
		is := func(ends ...string) bool {
			for _, e := range ends {
				if strings.HasSuffix(line, e) {
					return true
				}
			}
			return false
		}
		switch {
		case strings.Contains(line, ": Cannot readlink: "): // a link that is not there is not missed
		case strings.HasPrefix(line, t.tar+": : "): // a name that --strip-components has emptied
		case is(": Uid differs"):
			if root && t.p.Str("owner") == "" {
				return true, "", nil
			}
		case is(": Gid differs"):
			if root && t.p.Str("group") == "" {
				return true, "", nil
			}
		case is(": Mode differs"):
			if !t.p.Has("mode") {
				return true, "", nil
			}
		case is(": Mod time differs", ": Size differs", ": Contents differ", ": Symlink differs", ": File type differs",
			": No such file or directory", ": Not a directory"), strings.Contains(line, ": Not linked to "), strings.Contains(line, ": Cannot stat: "):
			return true, "", nil
		}
	}
	return false, "", nil
}
