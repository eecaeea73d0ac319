package inventory

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// varsFiles finds and keeps what group_vars and host_vars hold. Each folder is listed once, each file read once, and
// only when a host asks for it.
type varsFiles struct {
	inv  *Inventory
	mu   sync.Mutex
	dirs map[string]map[string]bool // folder -> names in it; nil when there is no such folder
	kept map[string]keptVars        // folder/name -> what it holds
}

// VarsFile is a file of variables with what it holds.
type VarsFile struct {
	Path string
	Vars *value.Dict
}

type keptVars struct {
	files []VarsFile
	err   error
}

// varsEndings are tried in this order, and the first that exists is taken alone, be it a file or a folder
// (ansible-core 2.19: group_vars/all/ hides group_vars/all.yml).
var varsEndings = []string{"", ".yml", ".yaml", ".json"}

// find gives the files that hold the variables of name in dir/kind, in the order in which they apply.
func (v *varsFiles) find(dir, kind, name string) ([]VarsFile, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	folder := filepath.Join(dir, kind)
	names := v.names(folder, kind)
	if names == nil || strings.ContainsRune(name, os.PathSeparator) && !strings.HasPrefix(name, "..") {
		return nil, nil
	}
	for _, ending := range varsEndings {
		if !names[name+ending] {
			continue
		}
		path := filepath.Join(folder, name+ending)
		have, ok := v.kept[path]
		if !ok {
			have.files, have.err = v.read(path)
			if v.kept == nil {
				v.kept = map[string]keptVars{}
			}
			v.kept[path] = have
		}
		return have.files, have.err
	}
	return nil, nil
}

// names lists a folder.
func (v *varsFiles) names(folder, kind string) map[string]bool {
	if names, ok := v.dirs[folder]; ok {
		return names
	}
	if v.dirs == nil {
		v.dirs = map[string]map[string]bool{}
	}
	v.dirs[folder] = nil
	info, err := os.Stat(folder)
	if err != nil {
		return nil
	}
	if !info.IsDir() {
		v.inv.warn(Warning{Text: fmt.Sprintf("Found %s that is not a directory, skipping: %s", kind, folder)})
		return nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.Name()] = true
	}
	v.dirs[folder] = names
	return names
}

// read reads a file, or every file of a folder and the folders below it, by name.
func (v *varsFiles) read(path string) ([]VarsFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, diag.Errorf(source.Pos{}, "%w", err)
	}
	if !info.IsDir() {
		f, err := v.file(path)
		if err != nil || f.Vars == nil {
			return nil, err
		}
		return []VarsFile{f}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, diag.Errorf(source.Pos{}, "%w", err)
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	var files []VarsFile
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") {
			continue
		}
		full := filepath.Join(path, name)
		if info, err := os.Stat(full); err != nil || !info.IsDir() && !varsEnding(filepath.Ext(name)) {
			continue
		}
		more, err := v.read(full)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return files, nil
}

func varsEnding(ext string) bool {
	for _, e := range varsEndings {
		if ext == e {
			return true
		}
	}
	return false
}

// file reads one file of variables. An empty one holds none.
func (v *varsFiles) file(path string) (VarsFile, error) {
	f, err := v.inv.read(path)
	if err != nil {
		var d *diag.Error
		if errors.As(err, &d) {
			return VarsFile{}, err
		}
		return VarsFile{}, diag.Errorf(source.Pos{}, "reading %s: %w", path, err)
	}
	data, err := v.inv.loadText(f, false)
	if err != nil {
		return VarsFile{}, withoutPlace(err)
	}
	switch data := data.(type) {
	case *value.Dict:
		return VarsFile{Path: path, Vars: data}, nil
	case value.NoneType:
		return VarsFile{Path: path}, nil
	}
	e := diag.Errorf(value.OriginOf(data), "a file of variables must hold a mapping, not a %s", data.Type())
	e.Cause = &CombineError{Path: path, Type: pyClass(data)}
	if !e.Pos.IsValid() {
		e.Pos = source.At(f, 1, 1)
	}
	return VarsFile{}, e.Hint("write name: value, without a dash before it")
}

// withoutPlace has a file that can't be parsed told as ansible-core tells it: with the sentence alone.
func withoutPlace(err error) error {
	var found *diag.Error
	var parser *yaml.ParserError
	if !errors.As(err, &found) || !errors.As(err, &parser) {
		return err
	}
	told := *found
	told.Cause = &yaml.ParserError{Message: parser.Message, Plain: parser.Plain}
	return &told
}

// CombineError is the Cause of the error of a file of variables that holds no mapping; its text is Ansible's.
type CombineError struct {
	Path string
	Type string // Python's class
}

// Error gives Ansible's message.
func (e *CombineError) Error() string {
	name := e.Type[strings.LastIndexAny(e.Type, ".'")+1:]
	if parts := strings.Split(e.Type, "'"); len(parts) > 1 {
		name = parts[1][strings.LastIndexByte(parts[1], '.')+1:]
	}
	return fmt.Sprintf("Could not process '%s': failed to combine variables, expected dicts but got a 'dict' and a '%s'.", e.Path, name)
}
