package image

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/cli"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_image_build", Check: module.Full, Run: runBuild,
	Args: slices.Concat(module.Args{
		{Name: "name", Required: true, Help: "The image that is built."},
		{Name: "tag", Default: "latest", Help: "Its tag, where the name has none."},
		{Name: "path", Type: module.Path, Required: true, Help: "The folder that it is built from."},
		{Name: "dockerfile", Help: "The Dockerfile, relative to path."},
		{Name: "cache_from", Type: module.List, Elements: module.Str, Help: "Images whose layers may be taken."},
		{Name: "pull", Type: module.Bool, Default: false, Help: "Pull the images it is based on, even where they are there."},
		{Name: "network", Help: "The network of the commands in the Dockerfile."},
		{Name: "nocache", Type: module.Bool, Default: false, Help: "Build all anew."},
		{Name: "etc_hosts", Type: module.Dict, Help: "Hosts that are known to the commands: name to address."},
		{Name: "args", Type: module.Dict, Help: "Arguments of the Dockerfile."},
		{Name: "target", Help: "The stage to build."},
		{Name: "platform", Type: module.List, Elements: module.Str, Help: "The platforms to build for, as linux/arm64."},
		{Name: "shm_size", Help: "The size of /dev/shm, as 64M."},
		{Name: "labels", Type: module.Dict, Help: "Labels of the image."},
		{Name: "rebuild", Default: "never", Choices: []string{"never", "always"}, Help: "Whether an image is built that is there already."},
		{Name: "secrets", Type: module.List, Elements: module.Dict, Help: "What the commands may read below /run/secrets.", Rules: secretRules, Options: module.Args{
			{Name: "id", Required: true, Help: "Its name."},
			{Name: "type", Required: true, Choices: []string{"file", "env", "value"}, Help: "Where it comes from."},
			{Name: "src", Type: module.Path, Help: "The file, with type file."},
			{Name: "env", Help: "The variable, with type env."},
			{Name: "value", NoLog: true, Help: "It itself, with type value; docker gets it in its environment."},
		}},
		{Name: "outputs", Type: module.List, Elements: module.Dict, Help: "Where the image goes; without it into the engine.", Rules: outputRules, Options: module.Args{
			{Name: "type", Required: true, Choices: []string{"local", "tar", "oci", "docker", "image"}, Help: "What is written."},
			{Name: "dest", Type: module.Path, Help: "The file or folder."},
			{Name: "context", Help: "With type docker: the context whose engine gets it."},
			{Name: "name", Type: module.List, Elements: module.Str, Help: "With type image: its names."},
			{Name: "push", Type: module.Bool, Default: false, Help: "With type image: send it to its registry."},
		}},
	}, cli.Args),
	Rules: module.Rules{MutuallyExclusive: cli.Exclusive},
	Doc: module.Doc{
		Short:    "Builds an image with docker buildx.",
		Notes:    []string{"The program docker and its plugin buildx have to be there."},
		Examples: "- community.docker.docker_image_build:\n    name: app:1\n    path: /opt/app\n    rebuild: always\n",
		Returns: []module.Return{
			{Name: "image", Type: "dict", When: "success", Help: "What the engine tells of the image."},
			{Name: "command", Type: "list", When: "something was built", Help: "The arguments of docker."},
		},
	},
})

var secretRules = module.Rules{RequiredIf: []module.RequiredIf{
	{Name: "type", Is: "file", Then: []string{"src"}}, {Name: "type", Is: "env", Then: []string{"env"}}, {Name: "type", Is: "value", Then: []string{"value"}},
}}

var outputRules = module.Rules{RequiredIf: []module.RequiredIf{
	{Name: "type", Is: "local", Then: []string{"dest"}}, {Name: "type", Is: "tar", Then: []string{"dest"}}, {Name: "type", Is: "oci", Then: []string{"dest"}},
}}

func runBuild(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	docker, err := cli.Open(ctx, sys, p)
	if err == nil {
		_, err = docker.Plugin(ctx, "buildx")
	}
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	dir := p.Str("path")
	if !path.IsAbs(dir) {
		dir = path.Join(sys.Dir(), dir)
	}
	if info, err := sys.Stat(dir); err != nil || !info.IsDir() {
		return module.Fail(`"%s" is not an existing directory`, p.Str("path")), nil
	}
	file := ""
	if p.Has("dockerfile") {
		file = path.Join(dir, p.Str("dockerfile"))
		if info, err := sys.Stat(file); err != nil || !info.IsRegular() {
			return module.Fail(`"%s" is not an existing file`, file), nil
		}
	}
	ref := parse(p.Str("name"), p.Str("tag"))
	if ref.id() {
		return module.Fail("Image name must not be a digest"), nil
	}
	if ref.digest() {
		return module.Fail("Image name must not contain a digest, but have a tag"), nil
	}
	is, err := inspect(ctx, docker, ref)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	r := module.Result{}
	r.Set("actions", []string{}).Set("image", shown(is))
	if is != nil && p.Str("rebuild") == "never" {
		return r, nil
	}
	r.Changed = true
	if p.Check {
		return r, nil
	}
	words, err := buildWords(p, docker, ref, file)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	words = append(words, "--", p.Str("path"))
	out, err := docker.Run(ctx, cli.Call{Words: words})
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	if out.RC != 0 {
		r = module.Fail("Building %s failed", ref)
		r.Set("command", words).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
		return r, nil
	}
	if is, err = inspect(ctx, docker, ref); err != nil {
		return programs.Answer(module.Result{}, err)
	}
	r.Set("image", shown(is)).Set("command", words).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
	return r, nil
}

// inspect gives what docker tells of an image, nil where there is none.
func inspect(ctx context.Context, docker *cli.Docker, ref reference) (*value.Dict, error) {
	words := []string{"image", "inspect", "--", ref.String()}
	out, err := docker.Run(ctx, cli.Call{Words: words})
	if err != nil || out.RC != 0 { // what can't be a name is none
		return nil, err
	}
	v, err := docker.Parse(words, out.Stdout, out.Stdout)
	if err != nil {
		return nil, err
	}
	if l := engine.List(v); len(l) > 0 {
		d, _ := l[0].(*value.Dict)
		return d, nil
	}
	return nil, nil
}

// buildWords is the command that builds an image, less the folder.
func buildWords(p *module.Params, docker *cli.Docker, ref reference, file string) ([]string, error) {
	words := []string{"buildx", "build", "--progress", "plain"}
	add := func(option string, texts ...string) {
		for _, t := range texts {
			words = append(words, option, t)
		}
	}
	outputs := p.List("outputs")
	if len(outputs) > 0 {
		add("--output", outputTexts(p, outputs, ref)...)
	} else {
		add("--tag", ref.String())
	}
	if file != "" {
		add("--file", file)
	}
	add("--cache-from", p.Strs("cache_from")...)
	if p.Bool("pull") {
		words = append(words, "--pull")
	}
	if p.Has("network") {
		add("--network", p.Str("network"))
	}
	if p.Bool("nocache") {
		words = append(words, "--no-cache")
	}
	add("--add-host", pairs(p.Dict("etc_hosts"), ":")...)
	add("--build-arg", pairs(p.Dict("args"), "=")...)
	if p.Has("target") {
		add("--target", p.Str("target"))
	}
	add("--platform", p.Strs("platform")...)
	if p.Has("shm_size") {
		n, err := bytesOf(p.Str("shm_size"))
		if err != nil {
			return nil, programs.Fail("Failed to convert %s to bytes: %v", p.Str("shm_size"), err)
		}
		add("--shm-size", strconv.FormatInt(n, 10))
	}
	add("--label", pairs(p.Dict("labels"), "=")...)
	add("--secret", secretTexts(p, docker)...)
	return words, nil
}

// pairs are the keys of a dict with their values.
func pairs(d *value.Dict, between string) []string {
	if d == nil {
		return nil
	}
	var out []string
	for it := d.Iterate(); it.Next(); {
		k, _ := value.Text(it.Key())
		v, _ := value.Text(it.Stored())
		out = append(out, k+between+v)
	}
	return out
}

// outputTexts are where the image goes. It goes into the engine too, under its name.
func outputTexts(p *module.Params, outputs []value.Value, ref reference) []string {
	var out []string
	named := false
	for _, e := range outputs {
		o := p.Sub(e)
		fields := []string{"type=" + o.Str("type")}
		if o.Has("dest") {
			fields = append(fields, "dest="+o.Str("dest"))
		}
		if o.Has("context") {
			fields = append(fields, "context="+o.Str("context"))
		}
		if o.Str("type") == "image" {
			names := o.Strs("name")
			if len(names) == 0 {
				names = []string{ref.String()}
			}
			named = named || slices.Contains(names, ref.String())
			fields = append(fields, "name="+strings.Join(names, ","))
			if o.Bool("push") {
				fields = append(fields, "push=true")
			}
		}
		out = append(out, csvLine(fields))
	}
	if !named {
		out = append(out, "type=image,name="+ref.String())
		own := value.DictOf("name", value.Of([]string{ref.String()}), "push", value.False, "type", value.NewStr("image"))
		p.Show("outputs", value.NewList(append(slices.Clone(outputs), own)...))
	}
	return out
}

// csvLine joins fields as buildx reads them: those with a comma or a quote stand in quotes.
func csvLine(fields []string) string {
	for i, f := range fields {
		if strings.ContainsAny(f, ",\"\n") {
			fields[i] = `"` + strings.ReplaceAll(f, `"`, `""`) + `"`
		}
	}
	return strings.Join(fields, ",")
}

// secretTexts are the secrets. One that is given itself goes into the environment of docker, where its name alone is told.
func secretTexts(p *module.Params, docker *cli.Docker) []string {
	var out []string
	for i, e := range p.List("secrets") {
		s := p.Sub(e)
		fields := []string{"id=" + s.Str("id")}
		switch s.Str("type") {
		case "file":
			fields = append(fields, "type=file", "src="+s.Str("src"))
		case "env":
			fields = append(fields, "type=env", "env="+s.Str("env"))
		default:
			variable := "ANSIBLE_DOCKER_BUILD_SECRET_" + strconv.Itoa(i)
			docker.Setenv(variable + "=" + s.Str("value"))
			docker.Hide(s.Str("value"))
			fields = append(fields, "type=env", "env="+variable)
		}
		out = append(out, csvLine(fields))
	}
	return out
}
