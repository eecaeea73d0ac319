package users

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.general.htpasswd", Redirects: []string{"ansible.builtin.htpasswd"}, Check: module.Full, FileArgs: true, Run: runHtpasswd,
	Args: module.Args{
		{Name: "path", Aliases: []string{"dest", "destfile"}, Type: module.Path, Required: true, Help: "The file."},
		{Name: "name", Aliases: []string{"username"}, Required: true, Help: "The user."},
		{Name: "password", NoLog: true, Help: "The password."},
		{Name: "hash_scheme", Aliases: []string{"crypt_scheme"}, Default: "apr_md5_crypt", Help: "How a new password is hashed: apr_md5_crypt, bcrypt, des_crypt, ldap_sha1, ldap_salted_sha1, md5_crypt, plaintext, sha256_crypt, sha512_crypt."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether the user is there."},
		{Name: "create", Type: module.Bool, Default: true, Help: "Make the file if it is not there."},
	},
	Doc: module.Doc{
		Short: "Users with passwords in a file of Apache's htpasswd.",
		Notes: []string{
			"A password that is there already, under the wanted scheme or one of Apache's (apr_md5_crypt, des_crypt, ldap_sha1, plaintext), is left alone.",
			"The scheme is one of passlib's; those that no web server reads are refused.",
		},
		Examples: "- community.general.htpasswd:\n    path: /etc/nginx/htpasswd\n    name: kimai\n    password: \"{{ vault_htpasswd }}\"\n    owner: root\n    group: www-data\n    mode: \"0640\"\n",
	},
})

// htpasswd is one call.
type htpasswd struct {
	sys    target.System
	p      *module.Params
	file   string // behind links
	user   string
	scheme scheme
	exists bool
	lines  []string
	at     int // the line of the user, -1 when there is none
	result module.Result
}

func runHtpasswd(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	h := &htpasswd{sys: sys, p: p, file: sys.Realpath(p.Str("path")), user: p.Str("name")}
	err := h.run(ctx)
	if failed, ok := fileattr.ResultOf(sys, err); ok {
		return failed, nil
	}
	return h.result, err
}

func fail(text string) error { return &fileattr.Failure{Msg: text} }

func (h *htpasswd) run(ctx context.Context) error {
	present := h.p.Str("state") == "present"
	if present {
		var err error
		if h.scheme, err = schemeOf(h.p.Str("hash_scheme")); err != nil {
			return fail(err.Error())
		}
	}
	err := h.read()
	if err != nil {
		return err
	}
	switch {
	case present && !h.exists:
		err = h.create(ctx)
	case present:
		err = h.set(ctx)
	case !h.exists:
		h.p.Warn(h.p.Str("path") + " does not exist")
		h.tell(false, h.user+" not present")
	default:
		err = h.remove(ctx)
	}
	if err != nil {
		return err
	}
	return h.attributes()
}

func (h *htpasswd) tell(changed bool, msg string) {
	h.result.Changed, h.result.Msg, h.result.HasMsg = changed, msg, true
}

// attributes sets owner, group, mode and the like.
func (h *htpasswd) attributes() error {
	if _, err := h.sys.Stat(h.file); err != nil {
		return nil //nolint:nilerr // check mode
	}
	did, err := fileattr.Of(h.p).Apply(h.sys, h.p.Str("path"), h.p.Check, nil)
	if err != nil || !did {
		return err
	}
	and := ""
	if h.result.Changed {
		and = " and "
	}
	h.tell(true, h.result.Msg+and+"ownership, perms or SE linux context changed")
	return nil
}

// invalid are the characters that no user's name may have.
const invalid = ":\n\r\t\x00"

// read reads the file and finds the user.
func (h *htpasswd) read() error {
	h.at = -1
	info, err := h.sys.Stat(h.file)
	if err != nil {
		if !h.p.Bool("create") && h.p.Str("state") == "present" {
			return fail("Destination " + h.p.Str("path") + " does not exist")
		}
		return nil
	}
	h.exists = true
	if info.IsDir() {
		return fail(h.osError(syscall.EISDIR))
	}
	b, err := target.ReadFile(h.sys, h.file)
	if err != nil {
		return fail(h.osError(err))
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		bare := strings.TrimRight(line, " \t\r\n")
		s := strings.TrimLeft(bare, " \t")
		if s == "" {
			continue // passlib drops them
		}
		if s[0] != '#' && strings.Count(bare, ":") != 1 {
			return fail(fmt.Sprintf("malformed htpasswd file (error reading line %d)", n))
		}
		h.lines = append(h.lines, bare+"\n")
	}
	h.at = slices.IndexFunc(h.lines, func(l string) bool {
		name, _, _ := strings.Cut(l, ":")
		return name == h.user && strings.TrimLeft(l, " \t")[0] != '#'
	})
	return nil
}

// osError is an error of the file as Python has it.
func (h *htpasswd) osError(err error) string {
	return strings.Replace(fileattr.PyError(err, h.p.Str("path")), "b'", "'", 1)
}

// checkName tells what is wrong with the user's name.
func (h *htpasswd) checkName() error {
	shown, err := value.Repr(value.NewBytes([]byte(h.user)))
	if err != nil {
		return err
	}
	switch {
	case len(h.user) > 255:
		return fail("user must be at most 255 characters: " + shown)
	case strings.ContainsAny(h.user, invalid):
		return fail("user contains invalid characters: " + shown)
	}
	return nil
}

// hashed gives the line of the user.
func (h *htpasswd) hashed() (string, error) {
	if err := h.checkName(); err != nil {
		return "", err
	}
	if !h.p.Has("password") {
		return "", fail("secret must be unicode or bytes, not None")
	}
	hash, err := h.scheme.hash(h.p.Str("password"))
	if err != nil {
		return "", err
	}
	return h.user + ":" + hash + "\n", nil
}

func (h *htpasswd) create(ctx context.Context) error {
	if h.p.Check {
		h.tell(true, "Create "+h.p.Str("path"))
		return nil
	}
	line, err := h.hashed()
	if err != nil {
		return err
	}
	if err := h.folders(path.Dir(h.file)); err != nil {
		return err
	}
	h.lines = []string{line}
	h.tell(true, "Created "+h.p.Str("path")+" and added "+h.user)
	return h.write(ctx)
}

// folders makes the folders that are not there.
func (h *htpasswd) folders(dir string) error {
	if _, err := h.sys.Stat(dir); err == nil {
		return nil
	}
	if up := path.Dir(dir); up != dir {
		if err := h.folders(up); err != nil {
			return err
		}
	}
	return h.sys.Mkdir(dir, 0o777)
}

func (h *htpasswd) set(ctx context.Context) error {
	if err := h.checkName(); err != nil {
		return err
	}
	if h.at >= 0 {
		if !h.p.Has("password") {
			return fail("secret must be unicode or bytes, not None")
		}
		_, hash, _ := strings.Cut(strings.TrimRight(h.lines[h.at], "\r\n"), ":")
		if verify(h.scheme, h.p.Str("password"), hash) {
			h.tell(false, h.user+" already present")
			return nil
		}
	}
	h.tell(true, "Add/update "+h.user)
	if h.p.Check {
		return nil
	}
	line, err := h.hashed()
	if err != nil {
		return err
	}
	if h.at >= 0 {
		h.lines[h.at] = line
		return h.write(ctx)
	}
	h.lines = append(h.lines, line)
	return h.write(ctx)
}

func (h *htpasswd) remove(ctx context.Context) error {
	if h.at < 0 {
		h.tell(false, h.user+" not present")
		return nil
	}
	h.tell(true, "Remove "+h.user)
	if h.p.Check {
		return nil
	}
	h.lines = slices.Delete(h.lines, h.at, h.at+1)
	return h.write(ctx)
}

// write puts the lines in the file's place.
func (h *htpasswd) write(ctx context.Context) error {
	tmp, err := fileattr.NewTemp(h.sys, h.file, strings.NewReader(strings.Join(h.lines, "")))
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		tmp.Discard()
		return ctx.Err()
	}
	return tmp.Replace(fileattr.KeepDest, h.p.Bool("unsafe_writes"))
}
