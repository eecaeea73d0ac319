package packaging

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

// repoFile is a file of yum.conf(5): sections of names and values, in the order of the file. Comments are not kept. The section
// DEFAULT is not among the sections; what it holds is seen in all of them.
type repoFile struct {
	defaults *repoSection
	sections []*repoSection
}

// repoSection is one repository, or what all of a file have in common.
type repoSection struct {
	name string
	keys []string
	vals map[string]string // lines separated by "\n"
}

func newRepoSection(name string) *repoSection {
	return &repoSection{name: name, vals: map[string]string{}}
}

func (s *repoSection) set(key, val string) {
	if _, there := s.vals[key]; !there {
		s.keys = append(s.keys, key)
	}
	s.vals[key] = val
}

// parseRepoFile reads the text of a file. What is wrong with it is told in the words of Ansible's parser.
func parseRepoFile(file, text string) (f *repoFile, problem string) {
	f = &repoFile{defaults: newRepoSection("DEFAULT")}
	var at *repoSection
	key, indent := "", 0
	for i, line := range strings.Split(text, "\n") {
		bare := strings.TrimSpace(line)
		if bare != "" && (bare[0] == '#' || bare[0] == ';') {
			continue
		}
		deep := len(line) - len(strings.TrimLeft(line, " \t"))
		switch {
		case bare == "":
			if key != "" {
				at.vals[key] += "\n"
			}
		case at != nil && key != "" && deep > indent:
			at.vals[key] += "\n" + bare
		case bare[0] == '[' && strings.Contains(bare, "]"):
			name := bare[1:strings.LastIndexByte(bare, ']')]
			if at = f.section(name); name == "DEFAULT" {
				at = f.defaults
			} else if at != nil {
				return nil, fmt.Sprintf("While reading from '%s' [line %2d]: section '%s' already exists", file, i+1, name)
			} else {
				at = newRepoSection(name)
				f.sections = append(f.sections, at)
			}
			key, indent = "", deep
		case at == nil:
			return nil, fmt.Sprintf("File contains no section headers.\nfile: '%s', line: %d\n'%s\\n'", file, i+1, line)
		default:
			k, v, ok := cutSetting(bare)
			if !ok {
				return nil, fmt.Sprintf("Source contains parsing errors: '%s'\n\t[line %2d]: '%s\\n'", file, i+1, line)
			}
			key, indent = strings.ToLower(k), deep
			at.set(key, v)
		}
	}
	f.trim()
	return f, ""
}

// cutSetting takes apart "name = value" or "name: value".
func cutSetting(line string) (name, val string, ok bool) {
	i := strings.IndexAny(line, "=:")
	if i <= 0 {
		return "", "", false
	}
	return strings.TrimSpace(line[:i]), strings.TrimSpace(line[i+1:]), true
}

// trim drops the empty lines at the ends of values.
func (f *repoFile) trim() {
	for _, s := range append(f.sections, f.defaults) {
		for k, v := range s.vals {
			s.vals[k] = strings.TrimRight(v, "\n")
		}
	}
}

// section gives a section by its name, or nil.
func (f *repoFile) section(name string) *repoSection {
	for _, s := range f.sections {
		if s.name == name {
			return s
		}
	}
	return nil
}

// remove takes a section out.
func (f *repoFile) remove(name string) {
	f.sections = slices.DeleteFunc(f.sections, func(s *repoSection) bool { return s.name == name })
}

// text is what is written.
func (f *repoFile) text() string {
	var b strings.Builder
	list := f.sections
	if len(f.defaults.keys) > 0 {
		list = append([]*repoSection{f.defaults}, list...)
	}
	for _, s := range list {
		fmt.Fprintf(&b, "[%s]\n", s.name)
		for _, k := range s.keys {
			fmt.Fprintf(&b, "%s = %s\n", k, strings.ReplaceAll(s.vals[k], "\n", "\n\t"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// sorted is what a diff shows: sections and names in order, each section with what all have in common.
func (f *repoFile) sorted() string {
	list := slices.Clone(f.sections)
	sort.SliceStable(list, func(i, j int) bool { return list[i].name < list[j].name })
	var b strings.Builder
	for _, s := range list {
		all := map[string]string{}
		for k, v := range f.defaults.vals {
			all[k] = v
		}
		for k, v := range s.vals {
			all[k] = v
		}
		fmt.Fprintf(&b, "[%s]\n", s.name)
		for _, k := range slices.Sorted(maps.Keys(all)) {
			fmt.Fprintf(&b, "%s = %s\n", k, all[k])
		}
		b.WriteByte('\n')
	}
	return b.String()
}
