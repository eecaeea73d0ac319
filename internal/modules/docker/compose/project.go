package compose

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/cli"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// defaultFiles are the names under which Compose looks for its file.
var defaultFiles = []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"}

// project is a project of Compose and the program that works on it.
type project struct {
	sys     target.System
	p       *module.Params
	docker  *cli.Docker
	version cli.Version
	told    string // the version as Compose tells it
	dir     string
	made    string // the file beside the folder that was made of definition
	warned  *warnings
}

// open finds the program and the project of a call. close has to be called. What is not as it should be is a *programs.Failed.
func open(ctx context.Context, sys target.System, p *module.Params) (*project, error) {
	docker, err := cli.Open(ctx, sys, p)
	if err != nil {
		return nil, err
	}
	j := &project{sys: sys, p: p, docker: docker, warned: &warnings{p: p}}
	if j.told, err = composeVersion(ctx, docker); err != nil {
		return nil, err
	}
	if j.version = cli.ParseVersion(j.told); !j.version.AtLeast(2, 18, 0) {
		return nil, programs.Fail("Docker CLI %s has the compose plugin with version %s; need version 2.18.0 or later", docker.Program(), j.told)
	}
	if p.Has("definition") {
		return j, j.define()
	}
	if j.dir = p.Str("project_src"); !path.IsAbs(j.dir) {
		j.dir = path.Join(sys.Dir(), j.dir)
	}
	j.dir = path.Clean(j.dir)
	return j, j.check()
}

// composeVersion asks Compose for its version, and docker itself where Compose has no answer.
func composeVersion(ctx context.Context, docker *cli.Docker) (string, error) {
	out, err := docker.Run(ctx, cli.Call{Words: []string{"compose", "version", "--format", "json"}})
	if err != nil {
		return "", err
	}
	if v, err := value.FromJSON([]byte(out.Stdout)); err == nil && out.RC == 0 {
		if d, ok := v.(*value.Dict); ok {
			if told := strings.TrimPrefix(word(d.Stored("version")), "v"); told != "" && told != "dev" {
				return told, nil
			}
		}
	}
	told, err := docker.Plugin(ctx, "compose")
	if err == nil && told == "dev" {
		err = programs.Fail(`Docker CLI %s has a compose plugin installed, but it reports version "dev". Please use a version of the plugin that returns a proper version.`, docker.Program())
	}
	return told, err
}

// check sees that the folder and the files of the project are there.
func (j *project) check() error {
	if info, err := j.sys.Stat(j.dir); err != nil || !info.IsDir() {
		return programs.Fail(`"%s" is not a directory`, j.dir)
	}
	there := func(name string) bool {
		if !path.IsAbs(name) {
			name = path.Join(j.dir, name)
		}
		_, err := j.sys.Stat(name)
		return err == nil
	}
	files := j.p.Strs("files")
	for _, f := range files {
		if !there(f) {
			return programs.Fail(`Cannot find Compose file "%s" relative to project directory "%s"`, f, j.dir)
		}
	}
	if len(files) == 0 && j.p.Bool("check_files_existing") && !slices.ContainsFunc(defaultFiles, there) {
		return programs.Fail(`"%s" does not contain compose.yaml, compose.yml, docker-compose.yaml, or docker-compose.yml`, j.dir)
	}
	return nil
}

// memory is a folder that is on no disk.
const memory = "/dev/shm"

// define makes a folder with a Compose file of the argument definition, in memory where that can be: what it says may be secret.
// Nobody else can read it, and close removes it. It is JSON, which is YAML too. (An option --file would be another thing: Compose
// then goes by the services of the file alone where it otherwise goes by the project's name.)
func (j *project) define() error {
	text, err := value.AppendJSON(nil, j.p.Value("definition"), value.JSONOptions{})
	if err != nil {
		return programs.Fail("definition: %v", err)
	}
	in := memory
	if !j.sys.Access(in, 2) {
		in = "" // that for temporary files
	}
	f, err := j.sys.CreateTemp(in, "ansible-compose-*") // its name is nobody else's
	if err != nil {
		return programs.Fail("%s", fileattr.PyTextError(err))
	}
	j.made, j.dir = f.Name(), f.Name()+".d"
	whole := false
	defer func() {
		if !whole { // whatever happens
			j.close()
		}
	}()
	if err = f.Close(); err == nil {
		err = j.sys.Mkdir(j.dir, 0o700)
	}
	if err == nil {
		err = target.WriteFile(j.sys, path.Join(j.dir, "compose.yaml"), append(text, '\n'), 0o600)
	}
	if err != nil {
		return programs.Fail("%s", fileattr.PyTextError(err, j.dir))
	}
	whole = true
	return nil
}

// close removes what was made for the call.
func (j *project) close() {
	if j.made != "" {
		_ = j.sys.RemoveAll(j.dir)
		_ = j.sys.Remove(j.made)
	}
}

// json reports whether the events come as JSON.
func (j *project) json() bool { return j.version.AtLeast(2, 29, 0) }

// words are a command of Compose with the options by which it finds the project. progress is how it tells of it.
func (j *project) words(progress string, command ...string) []string {
	out := []string{"compose", "--ansi", "never"}
	if j.version.AtLeast(2, 19, 0) {
		out = append(out, "--progress", progress)
	}
	out = append(out, "--project-directory", j.dir)
	if j.p.Has("project_name") {
		out = append(out, "--project-name", j.p.Str("project_name"))
	}
	for _, o := range []struct {
		option string
		texts  []string
	}{{"--file", j.p.Strs("files")}, {"--env-file", j.p.Strs("env_files")}, {"--profile", j.p.Strs("profiles")}} {
		out = append(out, each(o.option, o.texts)...)
	}
	return append(out, command...)
}

// each gives an option once for each of the texts.
func each(option string, texts []string) []string {
	var out []string
	for _, t := range texts {
		out = append(out, option, t)
	}
	return out
}

// run is a command of Compose and what came of it.
type run struct {
	programs.Out
	words  []string
	events []event
}

// run runs a command and reads its events.
func (j *project) run(ctx context.Context, command ...string) (*run, error) {
	progress := "plain"
	if j.json() {
		progress = "json"
	}
	r := &run{words: j.words(progress, command...)}
	var err error
	if r.Out, err = j.docker.Run(ctx, cli.Call{Words: r.words, Dir: j.dir}); err != nil {
		return nil, err
	}
	if j.json() {
		r.events = jsonEvents(r.Stderr, j.warned)
	} else {
		r.events = textEvents(r.Stderr, j.p.Check, r.RC, j.warned)
	}
	return r, nil
}

// failure is the result of a command that went wrong.
func (j *project) failure(r *run, stdout string) module.Result {
	msg := errorsOf(r.events)
	if msg == "" {
		msg = "Return code " + plain(value.NewInt(int64(r.RC))) + " is non-zero"
	}
	out := module.Fail("%s", msg)
	out.Set("cmd", j.docker.Line(r.words, false)).Set("rc", r.RC).Set("stdout", stdout).Set("stderr", r.Stderr)
	return out
}

// list runs a command that writes JSON, a value a line where lines is true, and gives the values.
func (j *project) list(ctx context.Context, lines bool, command ...string) (value.Value, error) {
	if !j.json() {
		out, err := j.docker.Must(ctx, cli.Call{Words: j.words("plain", command...), Dir: j.dir})
		if err != nil {
			return nil, err
		}
		return j.read(&run{Out: out, words: j.words("plain", command...)}, lines)
	}
	quiet := *j
	quiet.warned = &warnings{p: &module.Params{}} // of what the command before has told already
	r, err := quiet.run(ctx, command...)
	if err != nil {
		return nil, err
	}
	got, err := j.read(r, lines)
	if err == nil && r.RC != 0 {
		err = &programs.Failed{Result: j.failure(r, plain(got))}
	}
	return got, err
}

// read reads the JSON that a command has written.
func (j *project) read(r *run, lines bool) (value.Value, error) {
	if !lines {
		return j.docker.Parse(r.words, r.Stdout, r.Stdout)
	}
	all := value.NewList()
	for line := range strings.Lines(r.Stdout) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "{") {
			continue
		}
		v, err := j.docker.Parse(r.words, line, r.Stdout)
		if err != nil {
			return nil, err
		}
		all.Append(v)
	}
	return all, nil
}

// containers gives the containers of the project.
func (j *project) containers(ctx context.Context) ([]value.Value, error) {
	command := []string{"ps", "--format", "json", "--all"}
	if j.version.AtLeast(2, 23, 0) {
		command = append(command, "--no-trunc")
	}
	v, err := j.list(ctx, j.version.AtLeast(2, 21, 0), command...)
	if err != nil {
		return nil, err
	}
	l, _ := v.(*value.List)
	if l == nil {
		return nil, nil
	}
	for _, e := range l.Stored() {
		c, ok := e.(*value.Dict)
		if !ok || !c.Has("Name") {
			return nil, programs.Fail("docker compose ps tells of a container without a name: %s", plain(e))
		}
		for _, k := range []string{"Names", "Networks"} {
			text := word(c.Stored(k))
			if k == "Names" && text == "" {
				text = plain(c.Stored("Name"))
			}
			c.SetStr(k, value.Of(strings.Split(text, ",")))
		}
		labels := value.NewDict()
		if text := word(c.Stored("Labels")); text != "" {
			for label := range strings.SplitSeq(text, ",") {
				k, v, _ := strings.Cut(label, "=")
				labels.SetStr(k, value.NewStr(v))
			}
		}
		c.SetStr("Labels", labels)
		if v := c.Stored("Publishers"); v == nil || v == value.None {
			c.SetStr("Publishers", value.NewList())
		}
	}
	return l.Stored(), nil
}

// images gives the images of the project.
func (j *project) images(ctx context.Context) (value.Value, error) {
	return j.list(ctx, false, "images", "--format", "json")
}
