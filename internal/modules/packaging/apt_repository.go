package packaging

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.apt_repository", Check: module.Full, Diff: module.Full, Run: runAptRepository,
	Args: module.Args{
		{Name: "repo", Required: true, Help: "The line of sources.list(5)."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether it is to be there."},
		{Name: "mode", Type: module.Raw, Help: "Permission bits of a new file, 0644."},
		{Name: "update_cache", Aliases: []string{"update-cache"}, Type: module.Bool, Default: true, Help: "Read the lists of packages again after a change; if that fails, the change is undone."},
		{Name: "update_cache_retries", Type: module.Int, Default: 5, Help: "How often that is tried."},
		{Name: "update_cache_retry_max_delay", Type: module.Int, Default: 12, Help: "The longest pause between two tries, in seconds."},
		{Name: "filename", Help: "The file in sources.list.d, without .list; made of the address otherwise."},
		{Name: "codename", Help: "The release of a PPA; PPAs are refused."},
		{Name: "install_python_apt", Type: module.Bool, Default: true, Help: "Nothing has to be installed for this module."},
		{Name: "validate_certs", Type: module.Bool, Default: true, Help: "Nothing is fetched by this module itself."},
	},
	Doc: module.Doc{
		Short:    "Lines in sources.list and the files of sources.list.d.",
		Notes:    []string{"A PPA (ppa:owner/name) is refused: it would have to be looked up; give its deb line."},
		Examples: "- ansible.builtin.apt_repository:\n    repo: deb [signed-by=/etc/apt/keyrings/x.asc] https://example.com/debian stable main\n",
		Returns: []module.Return{
			{Name: "sources_added", Type: "list", When: "success", Help: "New files."},
			{Name: "sources_removed", Type: "list", When: "success", Help: "Files that are gone."},
		},
	},
})

const sourcesDir = "/etc/apt/sources.list.d"

// sources are the files of sources.list(5).
type sources struct {
	sys   target.System
	p     *module.Params
	files map[string][]string // path -> lines
	old   map[string]string   // path -> text before; a new file is not in it
	order []string
}

func runAptRepository(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	repo := p.Str("repo")
	if t := strings.TrimSpace(repo); strings.HasPrefix(t, "#") {
		repo = t[1:] // is commented out: refused below
	}
	text, _, _ := strings.Cut(repo, "#")
	line := strings.Join(strings.Fields(text), " ")
	switch {
	case p.Str("repo") == "":
		return module.Fail("Please set argument 'repo' to a non-empty value"), nil
	case repo != p.Str("repo"):
		return module.Fail("Invalid repository string: %s", repo), nil
	case strings.HasPrefix(line, "ppa:"):
		return module.Fail("a PPA is not looked up by this module: give the deb line of %s", line), nil
	case !validSource(line):
		return module.Fail("Invalid repository string: %s", p.Str("repo")), nil
	}
	s := &sources{sys: sys, p: p, files: map[string][]string{}, old: map[string]string{}}
	s.read()
	if p.Str("state") == "present" {
		s.add(line)
	} else {
		s.remove(line)
	}
	r := s.result()
	if !r.Changed || p.Check {
		return r, nil
	}
	if err := s.write(); err != nil {
		return programs.Answer(r, err)
	}
	if p.Bool("update_cache") {
		if err := s.update(ctx); err != nil {
			s.undo()
			return programs.Answer(r, err)
		}
	}
	return r, nil
}

// validSource tells a line that begins with a type of source and has an address and a suite.
func validSource(line string) bool {
	f := strings.Fields(sourceOptions().ReplaceAllString(line, " "))
	return len(f) > 2 && (f[0] == "deb" || f[0] == "deb-src")
}

var (
	sourceOptions = lazyregexp.New(`\[[^\]]*\]`)
	sourceScheme  = lazyregexp.New(`^[a-z+]+://`)
	sourceLogin   = lazyregexp.New(`^[^/]*@`)
	notWord       = lazyregexp.New(`[^a-zA-Z0-9]+`)
)

func (s *sources) read() {
	files := []string{"/etc/apt/sources.list"}
	names, _ := s.sys.ReadDir(sourcesDir) // may not be there
	for _, n := range names {
		if strings.HasSuffix(n, ".list") {
			files = append(files, path.Join(sourcesDir, n))
		}
	}
	for _, f := range files {
		b, err := target.ReadFile(s.sys, f)
		if err != nil {
			continue
		}
		s.old[f] = string(b)
		s.files[f] = strings.SplitAfter(string(b), "\n")
		s.order = append(s.order, f)
	}
}

// source gives the source in a line, and whether it is commented out.
func source(line string) (text string, disabled bool) {
	text = strings.TrimSpace(line)
	for strings.HasPrefix(text, "#") {
		text, disabled = strings.TrimSpace(text[1:]), true
	}
	text, _, _ = strings.Cut(text, "#")
	return strings.Join(strings.Fields(text), " "), disabled
}

func (s *sources) add(line string) {
	there := false
	for _, f := range s.order {
		for i, l := range s.files[f] {
			if text, disabled := source(l); text == line {
				if disabled {
					s.files[f][i] = line + "\n"
				}
				there = true
			}
		}
	}
	if there {
		return
	}
	f := s.file(line)
	if _, known := s.files[f]; !known {
		s.order = append(s.order, f)
	}
	lines := s.files[f]
	if n := len(lines); n > 0 && lines[n-1] == "" {
		lines = lines[:n-1]
	} else if n > 0 && !strings.HasSuffix(lines[n-1], "\n") {
		lines[n-1] += "\n"
	}
	s.files[f] = append(lines, line+"\n")
}

func (s *sources) remove(line string) {
	for _, f := range s.order {
		s.files[f] = slices.DeleteFunc(s.files[f], func(l string) bool {
			text, disabled := source(l)
			return text == line && !disabled
		})
	}
}

// file is where a new source goes.
func (s *sources) file(line string) string {
	name := s.p.Str("filename")
	if name == "" {
		uri := strings.Fields(sourceOptions().ReplaceAllString(line, " "))[1]
		uri = sourceLogin().ReplaceAllString(sourceScheme().ReplaceAllString(uri, ""), "")
		name = strings.Trim(notWord().ReplaceAllString(uri, "_"), "_")
	}
	if path.IsAbs(name) {
		return name + ".list"
	}
	return path.Join(sourcesDir, name+".list")
}

func (s *sources) text(f string) string { return strings.Join(s.files[f], "") }

func (s *sources) result() module.Result {
	added, removed, diffs := []string{}, []string{}, value.NewList()
	var r module.Result
	for _, f := range s.order {
		before, was := s.old[f]
		after := s.text(f)
		if before == after {
			continue
		}
		r.Changed = true
		d := module.Diff{Before: before, After: after, BeforeHeader: f, AfterHeader: f}
		if !was {
			added, d.BeforeHeader = append(added, f), "/dev/null"
		}
		if after == "" {
			removed, d.AfterHeader = append(removed, f), "/dev/null"
		}
		if s.p.Diff && (!was || after == "") { // Ansible's module shows no others
			diffs.Append(d.Value())
		}
	}
	r.Set("repo", s.p.Str("repo")).Set("state", s.p.Str("state")).Set("sources_added", added).Set("sources_removed", removed)
	r.Diff = diffs
	return r
}

func (s *sources) write() error {
	for _, f := range s.order {
		before, was := s.old[f]
		after := s.text(f)
		switch {
		case before == after && (after != "" || !was):
		case after == "": // one that was empty before goes, too
			if err := s.sys.Remove(f); err != nil {
				return s.failed(f, err)
			}
		default:
			if err := s.replace(f, after, was); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sources) failed(f string, err error) error {
	return programs.Fail("Failed to write to file '%s': %s", f, fileattr.PyError(err, f))
}

func (s *sources) replace(f, text string, was bool) error {
	keep := fileattr.KeepDest
	if !was {
		keep = fileattr.KeepNothing
		if _, err := s.sys.Stat(path.Dir(f)); err != nil {
			if err := s.sys.Mkdir(path.Dir(f), 0o755); err != nil {
				return s.failed(f, err)
			}
		}
	}
	tmp, err := fileattr.NewTemp(s.sys, f, strings.NewReader(text))
	if err == nil {
		err = tmp.Replace(keep, false)
	}
	if err != nil {
		return s.failed(f, err)
	}
	if was && !s.p.Has("mode") {
		return nil
	}
	bits := uint32(0o644)
	if s.p.Has("mode") {
		info, err := s.sys.Stat(f)
		if err == nil {
			bits, err = fileattr.ParseMode(s.p.Value("mode"), info, s.sys.Umask())
		}
		if err != nil {
			return programs.Fail("%v", err)
		}
	}
	if err := s.sys.Chmod(f, bits); err != nil {
		return s.failed(f, err)
	}
	return nil
}

// undo puts the files back.
func (s *sources) undo() {
	for _, f := range s.order {
		before, was := s.old[f]
		switch {
		case before == s.text(f):
		case !was:
			_ = s.sys.Remove(f) // the first failure is told
		default:
			_ = s.replace(f, before, was)
		}
	}
}

// update reads the lists of packages again.
func (s *sources) update(ctx context.Context) error {
	retries := s.p.Int("update_cache_retries")
	var text string
	pause := time.Second
	for try := int64(0); try < retries; try++ {
		out, err := programs.Run(ctx, s.sys, target.Command{Argv: []string{"apt-get", "-q", "update", "-o", "APT::Update::Error-Mode=any"}, Env: aptEnv})
		if err != nil {
			return err
		}
		if out.RC == 0 {
			return nil
		}
		text = strings.TrimSpace(out.Stderr)
		s.p.Warn(fmt.Sprintf("Failed to update cache after %d due to %s retry, retrying", try+1, text))
		if try+1 == retries {
			break
		}
		if err := s.sys.Sleep(ctx, min(pause, time.Duration(s.p.Int("update_cache_retry_max_delay"))*time.Second)); err != nil {
			return err
		}
		pause *= 2
	}
	return programs.Fail("Failed to update apt cache after %d retries: %s", retries, text)
}
