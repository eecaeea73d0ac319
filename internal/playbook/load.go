package playbook

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// load is one call of a Loader: it collects the findings.
type load struct {
	*Loader
	ctx     context.Context
	errs    diag.List
	play    *Play           // the play that is being read
	ids     *roleIdentities // shared by all that belongs to the play
	dynamic bool            // the play runs already and is frozen
	looped  bool            // something imports itself: nothing more is imported
	depth   int             // of imports and dependencies
}

// maxDepth bounds imports that import each other: Ansible ends there with Python's recursion limit.
const maxDepth = 200

// found adds a finding; it reports whether err was one.
func (ld *load) found(err error) bool {
	ld.errs.Add(err)
	return err != nil
}

// LoadPlaybook reads the playbook at path with everything that it imports statically, and the roles of its plays. The
// plays are in the order in which they run. The error is a diag.List with all findings; the plays that could be read come
// with it.
func (l *Loader) LoadPlaybook(ctx context.Context, path string) ([]*Play, error) {
	path, err := l.abs(path)
	if err != nil {
		return nil, err
	}
	ld := &load{Loader: l, ctx: ctx}
	plays := ld.playbook(path, nil)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return plays, ld.err()
}

// playbook reads one file; imported are the import_playbook statements around it.
func (ld *load) playbook(path string, imported []Attrs) []*Play {
	v, ok, err := ld.ReadYAML(path)
	at := source.At(source.NewFile(ld.shown(path), ""), 0, 0)
	switch {
	case err != nil:
		ld.errs.Add(ld.unreadable(path, at, err))
		return nil
	case !ok || v == value.None:
		ld.errs.Add(seenAt(source.Pos{}, refuse(at, "Empty playbook, nothing to do: "+path, "the playbook is empty")))
		return nil
	}
	list, isList := v.(*value.List)
	switch {
	case !isList:
		ld.errs.Add(refuse(value.OriginOf(v), "A playbook must be a list of plays, got a "+typeName(v)+" instead: "+path,
			"a playbook is a list of plays, not %s", kindOf(v)).Hint("begin each play with \"- hosts: …\""))
		return nil
	case list.Len() == 0:
		ld.errs.Add(seenAt(source.Pos{}, refuse(at, "A playbook must contain at least one play: "+path, "the playbook has no play")))
		return nil
	}
	var plays []*Play
	for _, e := range list.Stored() {
		d, isDict := e.(*value.Dict)
		if !isDict {
			ld.errs.Add(seenAt(value.OriginOf(e), refuse(placeOf(e, list), "playbook entries must be either valid plays or 'import_playbook' statements",
				"a play is a mapping, not %s", kindOf(e)).Hint("a play begins with \"- hosts: …\"")))
			continue
		}
		if importKey(d) != "" {
			plays = append(plays, ld.importPlaybook(d, path, imported)...)
		} else {
			plays = append(plays, ld.loadPlay(d, path, imported))
		}
	}
	return plays
}

// unreadable is the finding for a file that can't be read.
func (ld *load) unreadable(path string, at source.Pos, err error) error {
	var d *diag.Error
	if errors.As(err, &d) {
		return err
	}
	return exitsWith(exitError, seenAt(source.Pos{}, refuse(at,
		"Unable to retrieve file contents.\nCould not find or access '"+path+"' on the Ansible Controller.\n"+
			"If you are using a module and expect the file to exist on the remote, see the remote_src option: "+pythonOSError(path, err),
		"can't read %s: %w", ld.shown(path), errCause(err))))
}

var importPlaybookKeys = []string{"ansible.builtin.import_playbook", "ansible.legacy.import_playbook", "import_playbook"}

// importKey returns the key by which an entry of a playbook imports another one, or "".
func importKey(d *value.Dict) string {
	for _, k := range importPlaybookKeys {
		if d.Has(k) {
			return k
		}
	}
	return ""
}

// importPlaybook reads the playbook that an import_playbook statement names.
func (ld *load) importPlaybook(d *value.Dict, from string, imported []Attrs) []*Play {
	pos := value.OriginOf(d)
	var keys []string
	for _, k := range importPlaybookKeys {
		if d.Has(k) {
			keys = append(keys, k)
		}
	}
	if len(keys) > 1 {
		ld.errs.Add(exitsWith(exitError, seenAt(source.Pos{}, refuse(pos, "Found conflicting import_playbook actions: "+strings.Join(keys, ", "),
			"one statement imports only one playbook"))))
		return nil
	}
	attrs, ok := ld.attrs(d, OnImportPlaybook, "PlaybookInclude", func(key string, _ source.Pos, _ value.Value) bool { return key == keys[0] })
	target := d.Stored(keys[0])
	if target == value.None {
		ld.errs.Add(refuse(pos, "The field 'import_playbook' is required but was not set.", "import_playbook needs the name of a playbook"))
		return nil
	}
	if _, isList := target.(*value.List); isList || isDict(target) {
		ld.errs.Add(refuse(pos, "The field 'import_playbook' is supposed to be a string type, however the incoming data structure is a "+typeName(target),
			"import_playbook needs the name of a playbook, not %s", kindOf(target)))
		return nil
	}
	if !ok {
		return nil
	}
	scope := &Scope{Kind: ImportScope, Attrs: attrs}
	name, err := ld.staticName(target, scope)
	if err != nil {
		ld.errs.Add(refuse(value.OriginOf(target), "Error processing keyword 'import_playbook': "+err.Error(),
			"the name of the playbook can't be known before the run: %w", err).Hint("give its variables with -e or in the vars of the import"))
		return nil
	}
	path := ld.playbookPath(name, from)
	if ld.looped {
		return nil
	}
	if ld.depth++; ld.depth > maxDepth {
		ld.looped = true
		ld.errs.Add(unexpected(refuse(value.OriginOf(target), "Unexpected Exception, this is probably a bug: maximum recursion depth exceeded",
			"the playbook imports itself")))
		ld.depth--
		return nil
	}
	defer func() { ld.depth-- }()
	if !ld.isFile(path) {
		_, _, err := ld.ReadYAML(path)
		if err != nil {
			e := ld.unreadable(path, value.OriginOf(target), err)
			ld.errs.Add(e)
			return nil
		}
	}
	chain := append(append([]Attrs(nil), imported...), attrs)
	return ld.playbook(path, chain)
}

// playbookPath finds an imported playbook: beside the importing one, or "namespace.collection.name" in a collection.
func (ld *load) playbookPath(name, from string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	path := filepath.Join(filepath.Dir(from), name)
	if parts := strings.Split(name, "."); len(parts) >= 3 && !strings.Contains(name, "/") && !ld.isFile(path) {
		for _, root := range ld.collectionRoots(filepath.Dir(from)) {
			for _, ext := range []string{"", ".yml", ".yaml"} {
				p := filepath.Join(root, parts[0], parts[1], "playbooks", filepath.Join(parts[2:]...)) + ext
				if ld.isFile(p) {
					return p
				}
			}
		}
	}
	return path
}

// collectionRoots are the ansible_collections folders: the one beside the playbook first.
func (l *Loader) collectionRoots(dir string) []string {
	var roots []string
	if before, _, ok := strings.Cut(filepath.ToSlash(dir), "/ansible_collections/"); ok { // a playbook of a collection
		roots = append(roots, filepath.Join(before, "ansible_collections"))
	}
	for _, p := range append([]string{filepath.Join(dir, "collections")}, l.CollectionsPath...) {
		roots = append(roots, filepath.Join(p, "ansible_collections"))
	}
	return roots
}

// staticName evaluates a name that must be known while loading.
func (ld *load) staticName(v value.Value, at *Scope) (string, error) {
	if s, ok := v.(value.Str); ok && isTemplate(s) {
		if ld.Template == nil {
			return "", errors.New("templates are not available here")
		}
		r, err := ld.Template(ld.ctx, v, at)
		if err != nil {
			return "", err
		}
		v = r
	}
	return value.Text(v)
}

// isTemplate reports whether a text has something for a template engine to do.
func isTemplate(s value.Str) bool {
	t := s.String()
	return value.IsTrusted(s) && (strings.Contains(t, "{{") || strings.Contains(t, "{%") || strings.Contains(t, "{#"))
}

func isDict(v value.Value) bool {
	_, ok := v.(*value.Dict)
	return ok
}

// asks tells that the variables known at a scope are looked at.
func (ld *load) asks(at *Scope) {
	if ld.Asks != nil && !ld.dynamic && !ld.stopped() {
		ld.Asks(at)
	}
}

// stopped reports whether Ansible would have ended before: at the first mistake.
func (ld *load) stopped() bool { return ld.First && len(ld.errs) > 0 }

// warn tells a warning, unless Ansible would not have come so far.
func (ld *load) warn(w *diag.Error) {
	if !ld.stopped() {
		ld.Loader.warn(w)
	}
}

// err gives what was found, or with Loader.First the first of it.
func (ld *load) err() error {
	if ld.First && len(ld.errs) > 0 {
		return ld.errs[0]
	}
	return ld.errs.Err()
}
