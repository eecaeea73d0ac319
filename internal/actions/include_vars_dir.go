package actions

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// folderRules say which files of a folder are read.
type folderRules struct {
	depth      int // of folders; 0 is any
	matching   *regexp.Regexp
	ignored    []*regexp.Regexp
	extensions []string
	skip       bool // pass over files with other extensions
}

// folder reads the files of the folder; problem is what fails the task.
func (in *included) folder() (problem string, err error) {
	rules, err := in.c.folderRules()
	if err != nil {
		return "", err
	}
	dir := in.c.varsFolder()
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return dir + " directory does not exist", nil //nolint:nilerr // the failure of the task, in its result
	case !info.IsDir():
		return dir + " is not a directory", nil
	}
	return in.walk(dir, rules, 1)
}

// varsFolder is the folder that the argument dir names.
func (c *Call) varsFolder() string {
	dir := text(c.Args, "dir")
	if filepath.IsAbs(dir) || len(c.Search) == 0 {
		return dir
	}
	if c.InRole {
		return filepath.Join(c.Search[0], "vars", dir)
	}
	return filepath.Join(c.Search[0], dir)
}

func (c *Call) folderRules() (folderRules, error) {
	r := folderRules{extensions: []string{"yaml", "yml", "json"}, skip: lenient(c.Args, "ignore_unknown_extensions", false)}
	if v := c.Args.Stored("depth"); v != nil && v != value.None {
		n, isInt := v.(value.Int)
		depth, fits := n.Int64()
		if !isInt || !fits {
			return r, c.raise("'>' not supported between instances of 'int' and '%s'", pythonType(v))
		}
		r.depth = int(depth)
	}
	if v := c.Args.Stored("extensions"); v != nil {
		if s, isStr := v.(value.Str); isStr {
			r.extensions = strings.Split(s.String(), "") // as Python takes a text for a list
		} else {
			var err error
			if r.extensions, err = texts(v); err != nil {
				return r, c.raise("Invalid type for \"extensions\" option, it must be a list")
			}
		}
	}
	if pattern := text(c.Args, "files_matching"); pattern != "" {
		var err error
		if r.matching, err = c.pattern(pattern); err != nil {
			return r, err
		}
	}
	ignored, err := c.ignoredFiles()
	if err != nil {
		return r, err
	}
	for _, name := range ignored {
		re, err := c.pattern(name + "$")
		if err != nil {
			return r, err
		}
		r.ignored = append(r.ignored, re)
	}
	return r, nil
}

func (c *Call) ignoredFiles() ([]string, error) {
	switch v := c.Args.Stored("ignore_files").(type) {
	case nil, value.NoneType, *value.Dict: // Ansible takes a mapping, and ignores nothing
		return nil, nil
	case value.Str:
		return strings.Fields(v.String()), nil
	default:
		return texts(v)
	}
}

// pattern compiles a regular expression; what is wrong with it is told in Python's words where they are known.
func (c *Call) pattern(text string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(text)
	if err == nil {
		return re, nil
	}
	if strings.Contains(err.Error(), "missing closing ]") {
		return nil, c.raise("unterminated character set at position %d", strings.LastIndexByte(text, '['))
	}
	return nil, c.raise("%v", err)
}

// walk reads the files of a folder by their names, then those of the folders in it.
func (in *included) walk(dir string, rules folderRules, depth int) (problem string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return unreadable(dir, err), nil
	}
	var folders []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		if info.IsDir() {
			if e.Type().IsDir() {
				folders = append(folders, path)
			}
			continue
		}
		read, problem := rules.wants(path)
		if problem == "" && read {
			problem, err = in.read(path)
		}
		if err != nil || problem != "" {
			return problem, err
		}
	}
	if rules.depth != 0 && depth >= rules.depth {
		return "", nil
	}
	for _, f := range folders {
		if problem, err := in.walk(f, rules, depth+1); err != nil || problem != "" {
			return problem, err
		}
	}
	return "", nil
}

func (r folderRules) wants(path string) (read bool, problem string) {
	name := filepath.Base(path)
	if r.matching != nil && !r.matching.MatchString(name) {
		return false, ""
	}
	for _, re := range r.ignored {
		if loc := re.FindStringIndex(name); loc != nil {
			return false, ""
		}
	}
	if !slices.Contains(r.extensions, strings.TrimPrefix(filepath.Ext(name), ".")) {
		if r.skip {
			return false, ""
		}
		return false, path + " does not have a valid extension: " + strings.Join(r.extensions, ", ")
	}
	return true, ""
}

// pythonType is what ansible-core calls the type of a value that came out of a file.
func pythonType(v value.Value) string {
	switch v.(type) {
	case value.Str:
		return "_AnsibleTaggedStr"
	case *value.List:
		return "_AnsibleTaggedList"
	case *value.Dict:
		return "_AnsibleTaggedDict"
	case value.Int:
		return "_AnsibleTaggedInt"
	case value.Float:
		return "_AnsibleTaggedFloat"
	}
	return v.Type()
}
