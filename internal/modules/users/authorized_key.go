package users

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/download"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.posix.authorized_key", Redirects: []string{"ansible.builtin.authorized_key"}, Check: module.Full, Diff: module.Full, Run: runAuthorizedKey,
	Args: module.Args{
		{Name: "user", Required: true, Help: "The account."},
		{Name: "key", Required: true, More: download.IsAddress, ShowLog: true, Help: "Public keys, a line each, or an address (http:, https:, file:) of them."},
		{Name: "path", Type: module.Path, Help: "The file. Default: ~/.ssh/authorized_keys of the account."},
		{Name: "manage_dir", Type: module.Bool, Default: true, Help: "Make the folder, and give it owner and mode."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether the keys are there."},
		{Name: "key_options", ShowLog: true, Help: "Options before the keys."},
		{Name: "exclusive", Type: module.Bool, Default: false, Help: "All other lines go."},
		{Name: "comment", Help: "The comment behind the keys."},
		{Name: "validate_certs", Type: module.Bool, Default: true, Help: "Check the certificate of the server that the keys come from."},
		{Name: "follow", Type: module.Bool, Default: false, Help: "Write through a link at path."},
	},
	Doc: module.Doc{
		Short:    "Keys with which an account can be logged in to by SSH.",
		Examples: "- ansible.posix.authorized_key:\n    user: deploy\n    key: \"{{ lookup('file', 'files/deploy.pub') }}\"\n",
		Returns:  []module.Return{{Name: "keyfile", Type: "str", When: "success", Help: "The file."}},
	},
})

// keyLine is a line of authorized_keys. One that is no key has its text alone.
//
// Source: sshd(8), "AUTHORIZED_KEYS FILE FORMAT".
type keyLine struct {
	text              string // of a line that is no key
	options           []string
	kind, key, remark string
}

var keyKinds = []string{
	"ssh-ed25519", "ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"sk-ecdsa-sha2-nistp256@openssh.com", "sk-ssh-ed25519@openssh.com", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
}

// parseKeyLine takes a line apart; ok is false when it is no key.
func parseKeyLine(line string) (k keyLine, ok bool) {
	rest := strings.TrimSpace(line)
	if rest == "" || rest[0] == '#' {
		return keyLine{text: line}, false
	}
	first, after := word(rest)
	if !slices.Contains(keyKinds, first) {
		k.options = splitOptions(first)
		first, after = word(after)
	}
	key, remark := word(after)
	if !slices.Contains(keyKinds, first) || key == "" {
		return keyLine{text: line}, false
	}
	k.kind, k.key, k.remark = first, key, remark
	return k, true
}

// word cuts the first word off, which may have blanks in double quotes.
func word(s string) (first, rest string) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '\\' && quoted:
		case s[i] == '"' && (i == 0 || s[i-1] != '\\'):
			quoted = !quoted
		case !quoted && (s[i] == ' ' || s[i] == '\t'):
			return s[:i], strings.TrimLeft(s[i:], " \t")
		}
	}
	return s, ""
}

// splitOptions splits at commas that are not in quotes.
func splitOptions(s string) []string {
	var out []string
	quoted, from := false, 0
	for i := range len(s) {
		switch {
		case s[i] == '"' && (i == 0 || s[i-1] != '\\'):
			quoted = !quoted
		case s[i] == ',' && !quoted:
			out = append(out, s[from:i])
			from = i + 1
		}
	}
	return append(out, s[from:])
}

func (k keyLine) line() string {
	if k.key == "" {
		return k.text
	}
	s := k.kind + " " + k.key + " " + k.remark + "\n"
	if len(k.options) > 0 {
		s = strings.Join(k.options, ",") + " " + s
	}
	return s
}

// same reports whether two lines say the same; the order of options does not matter.
func (k keyLine) same(o keyLine) bool {
	a, b := slices.Sorted(slices.Values(k.options)), slices.Sorted(slices.Values(o.options))
	return k.kind == o.kind && k.key == o.key && k.remark == o.remark && slices.Equal(a, b)
}

// id is what a line is known by: of two with the same the last one stands.
func (k keyLine) id() string {
	if k.key == "" {
		return "\x00" + k.text
	}
	return k.key
}

// parseKeys reads a file.
func parseKeys(text string) []keyLine {
	var out []keyLine
	for line := range strings.Lines(text) {
		k, _ := parseKeyLine(line)
		out = slices.DeleteFunc(out, func(o keyLine) bool { return o.id() == k.id() })
		out = append(out, k)
	}
	return out
}

func runAuthorizedKey(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	text, failed, err := keyText(ctx, sys, p)
	if failed != nil || err != nil {
		if failed == nil {
			failed = &module.Result{}
		}
		return *failed, err
	}
	wanted, bad := wantedKeys(text, p)
	user, ok, err := sys.UserByName(p.Str("user"))
	if err != nil {
		return module.Result{}, err
	}
	file := p.Str("path")
	switch {
	case !ok && p.Check && file == "":
		return module.Fail("Either user must exist or you must provide full path to key file in check mode"), nil
	case !ok && !p.Check:
		return module.Fail("Failed to lookup user %s: \"getpwnam(): name not found: '%s'\"", p.Str("user"), p.Str("user")), nil
	case file == "":
		file = path.Join(user.Home, ".ssh", "authorized_keys")
	}
	p.Show("keyfile", value.NewStr(file)) // Ansible's module changes its own arguments
	if bad != "" {
		return module.Fail("invalid key specified: %s", bad), nil
	}
	dest := file
	if p.Bool("follow") {
		dest = sys.Realpath(file)
	}
	before := ""
	if b, err := target.ReadFile(sys, dest); err == nil {
		before = string(b)
	}
	after, changed := edited(parseKeys(before), wanted, p)
	if !changed {
		after = before
	}
	if changed && !p.Check {
		if err := writeKeys(ctx, sys, p, dest, after, user); err != nil {
			if failed, ok := fileattr.ResultOf(sys, err); ok {
				return failed, nil
			}
			return module.Result{}, err
		}
	}
	return keysResult(sys, p, file, before, after, changed), nil
}

// keyText gets the keys: as they are given, or from where they are.
func keyText(ctx context.Context, sys target.System, p *module.Params) (string, *module.Result, error) {
	fail := func(format string, args ...any) (string, *module.Result, error) {
		r := module.Fail(format, args...)
		return "", &r, nil
	}
	key := p.Str("key")
	if file, ok := strings.CutPrefix(key, "file://"); ok {
		b, err := target.ReadFile(sys, file)
		if err != nil {
			return fail("Path to a key file not found: %s", file)
		}
		return string(b), nil, nil
	}
	if !strings.HasPrefix(key, "http://") && !strings.HasPrefix(key, "https://") {
		return key, nil, nil
	}
	b, err := download.Get(ctx, sys, key, !p.Bool("validate_certs"))
	if ctx.Err() != nil {
		return "", nil, ctx.Err()
	}
	if err != nil {
		return fail("Error getting key from: %s", key)
	}
	return string(b), nil, nil
}

// wantedKeys reads the keys of the task; bad is a line that is none.
func wantedKeys(text string, p *module.Params) (keys []keyLine, bad string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if s := strings.TrimSpace(line); s == "" || s[0] == '#' {
			continue
		}
		k, ok := parseKeyLine(line)
		if !ok {
			return nil, line
		}
		if p.Has("key_options") {
			k.options = nil
			if o := p.Str("key_options"); o != "" {
				k.options = splitOptions(o)
			}
		}
		if p.Has("comment") {
			k.remark = p.Str("comment")
		}
		keys = append(keys, k)
	}
	return keys, ""
}

// edited gives the lines with the wanted keys in them, or without.
func edited(lines, wanted []keyLine, p *module.Params) (text string, changed bool) {
	absent := p.Str("state") == "absent"
	for _, w := range wanted {
		at := slices.IndexFunc(lines, func(k keyLine) bool { return k.id() == w.id() })
		switch {
		case absent && at >= 0:
			lines, changed = slices.Delete(slices.Clone(lines), at, at+1), true
		case absent:
		case at < 0:
			lines, changed = append(lines, w), true
		case !lines[at].same(w):
			lines, changed = append(slices.Delete(slices.Clone(lines), at, at+1), w), true
		}
	}
	if p.Bool("exclusive") && !absent {
		kept := slices.DeleteFunc(slices.Clone(lines), func(k keyLine) bool {
			return !slices.ContainsFunc(wanted, func(w keyLine) bool { return w.id() == k.id() })
		})
		changed, lines = changed || len(kept) != len(lines), kept
	}
	var b strings.Builder
	for _, k := range lines {
		s := k.line()
		if !strings.HasSuffix(s, "\n") {
			s += "\n"
		}
		b.WriteString(s)
	}
	return b.String(), changed
}

// writeKeys puts the file in place, and its folder if that is wanted, both as sshd demands it.
func writeKeys(ctx context.Context, sys target.System, p *module.Params, dest, text string, user target.User) error {
	dir := path.Dir(dest)
	if p.Bool("manage_dir") {
		if _, err := sys.Stat(dir); err != nil {
			if err := sys.Mkdir(dir, 0o700); err != nil {
				return &fileattr.Failure{Msg: "Failed to create directory " + dir + " : " + fileattr.PyTextError(err, dir)}
			}
		}
		if err := sys.Lchown(dir, user.UID, user.GID); err != nil {
			return &fileattr.Failure{Msg: "Failed to set the owner of " + dir + ": " + fileattr.PyError(err, dir)}
		}
		if err := sys.Chmod(dir, 0o700); err != nil {
			return &fileattr.Failure{Msg: "Failed to set the mode of " + dir + ": " + fileattr.PyError(err, dir)}
		}
	} else if err := makeFolders(sys, dir); err != nil {
		return err
	}
	tmp, err := fileattr.NewTemp(sys, dest, strings.NewReader(text))
	if err != nil {
		return &fileattr.Failure{Msg: "Failed to write to file " + dest + ": " + fileattr.PyError(err, dest)}
	}
	if ctx.Err() != nil {
		tmp.Discard()
		return ctx.Err()
	}
	if err := tmp.Replace(fileattr.KeepDest, false); err != nil {
		return &fileattr.Failure{Msg: "Failed to write to file " + dest + ": " + fileattr.PyError(err, dest)}
	}
	err = sys.Lchown(dest, user.UID, user.GID)
	if err == nil {
		err = sys.Chmod(dest, 0o600)
	}
	if err != nil {
		return &fileattr.Failure{Msg: "Failed to set owner and mode of " + dest + ": " + fileattr.PyError(err, dest)}
	}
	return nil
}

func makeFolders(sys target.System, dir string) error {
	if _, err := sys.Stat(dir); err == nil || dir == "/" || dir == "." {
		return nil
	}
	if err := makeFolders(sys, path.Dir(dir)); err != nil {
		return err
	}
	if err := sys.Mkdir(dir, 0o777); err != nil {
		return &fileattr.Failure{Msg: "Failed to create directory " + dir + " : " + fileattr.PyTextError(err, dir)}
	}
	return nil
}

// keysResult is the result, which repeats the arguments, as the module of Ansible does.
func keysResult(sys target.System, p *module.Params, file, before, after string, changed bool) module.Result {
	r := module.Result{Changed: changed}
	for it := p.Values().Iterate(); it.Next(); {
		name, _ := value.Text(it.Key())
		r.Set(name, it.Stored())
	}
	r.Set("keyfile", file)
	if changed {
		p.Show("changed", value.True)
	}
	if changed && p.Diff {
		d := module.Diff{Before: before, After: after, BeforeHeader: file, AfterHeader: file}.Value()
		r.Diff = d
		p.Show("diff", d)
	}
	if p.Has("path") {
		fileattr.AddInfo(sys, file, &r)
	}
	return r
}
