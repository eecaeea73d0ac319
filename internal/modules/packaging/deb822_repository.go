package packaging

import (
	"context"
	"errors"
	"path"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/download"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.deb822_repository", Check: module.Full, Diff: module.Full, Run: runDeb822,
	Args: module.Args{
		{Name: "allow_downgrade_to_insecure", Type: module.Bool, Help: "Take a source that was signed and is not any more."},
		{Name: "allow_insecure", Type: module.Bool, Help: "Take a source that is not signed."},
		{Name: "allow_weak", Type: module.Bool, Help: "Take weak signatures."},
		{Name: "architectures", Elements: module.Str, Type: module.List, Help: "The architectures."},
		{Name: "by_hash", Type: module.Bool, Help: "Fetch indexes by their hashes."},
		{Name: "check_date", Type: module.Bool, Help: "Whether dates are looked at."},
		{Name: "check_valid_until", Type: module.Bool, Help: "Whether the end of validity is looked at."},
		{Name: "components", Elements: module.Str, Type: module.List, Help: "The components: main and so on."},
		{Name: "date_max_future", Type: module.Int, Help: "Seconds by which a date may be in the future."},
		{Name: "enabled", Type: module.Bool, Help: "Whether it is used."},
		{Name: "inrelease_path", Help: "Where the InRelease file is."},
		{Name: "languages", Elements: module.Str, Type: module.List, Help: "The languages of descriptions."},
		{Name: "name", Required: true, Help: "The name; the file is called after it."},
		{Name: "pdiffs", Type: module.Bool, Help: "Fetch differences of indexes."},
		{Name: "signed_by", More: download.IsAddress, Help: "A key in ASCII armour, the path of a keyring on the target, or an address that the target fetches the key from."},
		{Name: "suites", Elements: module.Str, Type: module.List, Help: "The suites."},
		{Name: "targets", Elements: module.Str, Type: module.List, Help: "What is fetched."},
		{Name: "trusted", Type: module.Bool, Help: "Trust it in any case, or never."},
		{Name: "types", Elements: module.Str, Type: module.List, Choices: []string{"deb", "deb-src"}, Default: []string{"deb"}, Help: "Packages, sources."},
		{Name: "uris", Elements: module.Str, Type: module.List, Help: "The addresses."},
		{Name: "mode", Type: module.Raw, Default: "0644", Help: "Permission bits of the file."},
		{Name: "state", Choices: []string{"absent", "present"}, Default: "present", Help: "Whether it is to be there."},
	},
	Doc: module.Doc{
		Short:    "Sources of packages in the format deb822.",
		Notes:    []string{"The lists are not read again: apt with update_cache does."},
		Examples: "- ansible.builtin.deb822_repository:\n    name: example\n    uris: https://example.com/debian\n    suites: stable\n    components: main\n    signed_by: /etc/apt/keyrings/example.asc\n",
		Returns:  []module.Return{{Name: "repo", Type: "str", When: "always", Help: "The text of the file."}, {Name: "dest", Type: "str", When: "always", Help: "The file."}},
	},
})

// keyringsDir is where keys of sources are kept.
const keyringsDir = "/etc/apt/keyrings"

// deb822Fields are the fields of the file, in Ansible's order: that of its arguments.
var deb822Fields = []string{
	"allow_downgrade_to_insecure", "allow_insecure", "allow_weak", "architectures", "by_hash", "check_date", "check_valid_until", "components",
	"date_max_future", "enabled", "inrelease_path", "languages", "name", "pdiffs", "signed_by", "suites", "targets", "trusted", "types", "uris",
}

var (
	notNameChar = lazyregexp.New(`[^a-z0-9_.-]`)
	blanks      = lazyregexp.New(`[\s_]+`)
)

func runDeb822(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	slug := strings.Trim(notNameChar().ReplaceAllString(blanks().ReplaceAllString(strings.ToLower(p.Str("name")), "-"), ""), "-")
	file := path.Join(sourcesDir, slug+".sources")
	if p.Str("state") == "absent" {
		r, err := removeSource(sys, p, slug, file)
		return programs.Answer(r, err)
	}
	r := module.Result{}
	key, err := signingKey(ctx, sys, p, slug, &r)
	if err != nil {
		return programs.Answer(r, err)
	}
	text := deb822Text(p, key)
	r = r.With("repo", text).With("dest", file).With("key_filename", value.None)
	if key != "" {
		r = r.With("key_filename", key)
	}
	err = putSource(sys, p, file, text, &r)
	if err == nil {
		fileattr.AddInfo(sys, file, &r)
	}
	return programs.Answer(r, err)
}

// signingKey fetches the key that is told by its address into the folder of keyrings, and gives its path; "" is none.
func signingKey(ctx context.Context, sys target.System, p *module.Params, slug string, r *module.Result) (string, error) {
	address := p.Str("signed_by")
	if path.IsAbs(address) && !strings.Contains(address, "\n") {
		if _, err := sys.Stat(address); err == nil {
			return address, nil
		}
	}
	if strings.Contains(address, "\n") || !strings.Contains(address, "://") {
		return "", nil
	}
	b, err := download.Get(ctx, sys, address, false)
	var failed *download.Error
	if errors.As(err, &failed) {
		return "", programs.Fail("Could not fetch signed_by key: %s", strings.TrimPrefix(failed.Msg, "Request failed: "))
	}
	if err != nil {
		return "", err
	}
	file := path.Join(keyringsDir, slug+".gpg")
	if strings.HasPrefix(string(b), "-----BEGIN PGP PUBLIC KEY BLOCK-----") {
		file = path.Join(keyringsDir, slug+".asc")
	}
	if err := makeFolder(sys, p, keyringsDir, r); err != nil {
		return "", err
	}
	return file, putFile(sys, p, file, string(b), value.NewStr("0644"), r)
}

// makeFolder makes a folder that everybody can read, unless it is there.
func makeFolder(sys target.System, p *module.Params, dir string, r *module.Result) error {
	if _, err := sys.Stat(dir); err == nil {
		return nil
	}
	r.Changed = true
	if p.Check {
		return nil
	}
	err := sys.Mkdir(dir, 0o755)
	if err == nil {
		err = sys.Chmod(dir, 0o755)
	}
	if err != nil {
		return programs.Fail("%s", fileattr.PyError(err, dir))
	}
	return nil
}

// deb822Text writes the fields that are given; key, unless it is "", is the file of the key.
func deb822Text(p *module.Params, key string) string {
	var b strings.Builder
	for _, name := range deb822Fields {
		if !p.Has(name) {
			continue
		}
		field := fieldName(name)
		var text string
		switch v := p.Value(name).(type) {
		case value.Bool:
			text = map[bool]string{true: "yes", false: "no"}[bool(v)]
		case value.Int:
			text = strconv.FormatInt(p.Int(name), 10)
		case *value.List:
			text = strings.Join(p.Strs(name), " ")
		default:
			text = p.Str(name)
		}
		if name == "signed_by" && key != "" {
			text = key
		}
		if lines := strings.Split(strings.TrimRight(text, "\n"), "\n"); len(lines) > 1 {
			b.WriteString(field + ":\n")
			for _, l := range lines {
				if strings.TrimSpace(l) == "" {
					l = "."
				}
				b.WriteString("    " + l + "\n")
			}
			continue
		}
		b.WriteString(strings.TrimRight(field+": "+text, " ") + "\n")
	}
	return b.String()
}

// fieldName is how a field is written: "Signed-By".
func fieldName(name string) string {
	switch name {
	case "name":
		return "X-Repolib-Name"
	case "uris":
		return "URIs"
	}
	words := strings.Split(name, "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "-")
}

// putSource writes the file where it is different, and sets its mode.
func putSource(sys target.System, p *module.Params, file, text string, r *module.Result) error {
	return putFile(sys, p, file, text, p.Value("mode"), r)
}

func putFile(sys target.System, p *module.Params, file, text string, wanted value.Value, r *module.Result) error {
	old, err := target.ReadFile(sys, file)
	if err != nil || string(old) != text {
		r.Changed = true
		if !p.Check {
			if err := replaceSource(sys, file, text, err == nil); err != nil {
				return err
			}
		}
	}
	info, err := sys.Stat(file)
	if err != nil {
		return nil //nolint:nilerr // there is none in check mode
	}
	mode, err := fileattr.ParseMode(wanted, info, sys.Umask())
	if err != nil {
		return programs.Fail("%v", err)
	}
	if info.Perm() != mode {
		r.Changed = true
		if !p.Check {
			if err := sys.Chmod(file, mode); err != nil {
				return programs.Fail("%s", fileattr.PyError(err, file))
			}
		}
	}
	return nil
}

func replaceSource(sys target.System, file, text string, was bool) error {
	keep := fileattr.KeepNothing
	if was {
		keep = fileattr.KeepDest
	}
	tmp, err := fileattr.NewTemp(sys, file, strings.NewReader(text))
	if err == nil {
		err = tmp.Replace(keep, false)
	}
	if err != nil {
		return programs.Fail("Failed to write to file '%s': %s", file, fileattr.PyError(err, file))
	}
	return nil
}

// removeSource removes the file, and a key that was put beside the system's keyrings for it.
func removeSource(sys target.System, p *module.Params, slug, file string) (module.Result, error) {
	key := path.Join(keyringsDir, slug)
	r := module.Result{}.With("repo", value.None).With("dest", file).With("key_filename", key+".gpg")
	for _, f := range []string{file, key + ".asc", key + ".gpg"} {
		if _, err := sys.Lstat(f); err != nil {
			continue
		}
		r.Changed = true
		if p.Check {
			continue
		}
		if err := sys.Remove(f); err != nil {
			return r, programs.Fail("%s", fileattr.PyError(err, f))
		}
	}
	fileattr.AddInfo(sys, file, &r)
	return r, nil
}
