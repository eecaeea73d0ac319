package system

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.modprobe", Redirects: []string{"ansible.builtin.modprobe"}, Check: module.Full, Run: runModprobe,
	Args: module.Args{
		{Name: "name", Required: true, Help: "The module of the kernel."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether it is to be loaded."},
		{Name: "params", Default: "", Help: "Its parameters, with blanks between."},
		{Name: "persistent", Default: "disabled", Choices: []string{"disabled", "present", "absent"}, Help: "Whether it is loaded when the machine starts, by files in /etc/modules-load.d and /etc/modprobe.d; disabled leaves them alone."},
	},
	Doc: module.Doc{
		Short:    "Load and unload modules of the kernel.",
		Examples: "- community.general.modprobe:\n    name: br_netfilter\n    persistent: present\n",
	},
})

// The folders of what is loaded at the start, and of parameters.
const (
	modulesLoadDir = "/etc/modules-load.d"
	modprobeDir    = "/etc/modprobe.d"
)

// kernelModule is one call.
type kernelModule struct {
	sys    target.System
	p      *module.Params
	name   string
	params []string
	r      module.Result
}

func runModprobe(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	k := &kernelModule{sys: sys, p: p, name: p.Str("name"), params: strings.Fields(p.Str("params"))}
	for _, n := range []string{"name", "params", "state"} {
		k.r.Set(n, p.Value(n))
	}
	err := k.run(ctx)
	var f *programs.Failed
	if errors.As(err, &f) {
		for _, n := range []string{"name", "params", "state"} {
			f.Result.Set(n, p.Value(n))
		}
	}
	return programs.Answer(k.r, err)
}

func (k *kernelModule) run(ctx context.Context) error {
	loaded, err := k.loaded()
	if err != nil {
		return err
	}
	switch want := k.p.Str("state") == "present"; {
	case want && !loaded:
		err = k.load(ctx)
	case !want && loaded:
		err = k.call(ctx, "-r", k.name)
		k.r.Changed = true
	}
	if err != nil {
		return err
	}
	switch k.p.Str("persistent") {
	case "present":
		return k.persist()
	case "absent":
		return k.forget()
	}
	return nil
}

// loaded tells whether the kernel has the module, loaded or built in.
func (k *kernelModule) loaded() (bool, error) {
	lines, err := programs.ReadLines(k.sys, "/proc/modules")
	if err != nil {
		return false, err
	}
	name := strings.ReplaceAll(k.name, "-", "_") + " "
	if slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, name) }) {
		return true, nil
	}
	u, err := k.sys.Uname()
	if err != nil {
		return false, err
	}
	builtin, err := programs.ReadLines(k.sys, "/lib/modules/"+u.Release+"/modules.builtin")
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(builtin, func(l string) bool { return strings.HasSuffix(strings.TrimRight(l, "\n"), "/"+k.name+".ko") }), nil
}

// load loads it; what counts as changed is what the kernel says afterwards.
func (k *kernelModule) load(ctx context.Context) error {
	if k.p.Check {
		k.r.Changed = true
		return nil
	}
	if err := k.call(ctx, append([]string{k.name}, k.params...)...); err != nil {
		return err
	}
	loaded, err := k.loaded()
	k.r.Changed = loaded
	return err
}

func (k *kernelModule) call(ctx context.Context, args ...string) error {
	if k.p.Check {
		return nil
	}
	out, err := programs.Call(ctx, k.sys, append([]string{"modprobe"}, args...)...)
	if err != nil || out.RC == 0 {
		return err
	}
	return &programs.Failed{Result: module.Fail("%s", out.Stderr).With("rc", out.RC).With("stdout", out.Stdout).With("stderr", out.Stderr)}
}

// inFiles calls do with each file of a folder and its lines.
func (k *kernelModule) inFiles(dir string, do func(file string, lines []string) error) error {
	names, err := k.sys.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return programs.Fail("%s", fileattr.PyTextError(err, dir))
	}
	for _, n := range names {
		file := dir + "/" + n
		info, err := k.sys.Stat(file)
		if err != nil || info.IsDir() {
			continue // a link that leads nowhere
		}
		lines, err := programs.ReadLines(k.sys, file)
		if err != nil {
			return err
		}
		if err := do(file, lines); err != nil {
			return err
		}
	}
	return nil
}

// nameLine is a line that has the module loaded at the start, paramLine one that gives it a parameter.
func (k *kernelModule) nameLine() *regexp.Regexp {
	return regexp.MustCompile(`^ *` + regexp.QuoteMeta(k.name) + ` *(?:[#;].*)?\n?$`)
}

func (k *kernelModule) paramLine() *regexp.Regexp {
	return regexp.MustCompile(`^options +` + regexp.QuoteMeta(k.name) + ` +(\w+=\S+(?: +\w+=\S+)*) *(?:[#;].*)?\n?$`)
}

// persist has it loaded at the start, with its parameters.
func (k *kernelModule) persist() error {
	named := false
	re := k.nameLine()
	err := k.inFiles(modulesLoadDir, func(_ string, lines []string) error {
		named = named || slices.ContainsFunc(lines, re.MatchString)
		return nil
	})
	if err != nil {
		return err
	}
	if !named {
		k.r.Changed = true
		if err := k.write(modulesLoadDir+"/"+k.name+".conf", k.name+"\n"); err != nil {
			return err
		}
	}
	if len(k.params) == 0 {
		return nil
	}
	same, err := k.sameParams()
	if err != nil || same {
		return err
	}
	k.r.Changed = true
	if err := k.disable(modprobeDir, k.paramLine()); err != nil {
		return err
	}
	var text strings.Builder
	for _, p := range k.params {
		fmt.Fprintf(&text, "options %s %s\n", k.name, p)
	}
	return k.write(modprobeDir+"/"+k.name+".conf", text.String())
}

// sameParams tells whether the files have just the parameters that are wanted.
func (k *kernelModule) sameParams() (bool, error) {
	have := map[string]bool{}
	re := k.paramLine()
	err := k.inFiles(modprobeDir, func(_ string, lines []string) error {
		for _, l := range lines {
			if m := re.FindStringSubmatch(l); m != nil {
				for _, p := range strings.Fields(m[1]) {
					have[p] = true
				}
			}
		}
		return nil
	})
	want := map[string]bool{}
	for _, p := range k.params {
		want[p] = true
		if !have[p] {
			return false, err
		}
	}
	return len(have) == len(want), err
}

// forget takes it and its parameters out of the files, as comments.
func (k *kernelModule) forget() error {
	if err := k.disable(modulesLoadDir, k.nameLine()); err != nil {
		return err
	}
	return k.disable(modprobeDir, k.paramLine())
}

// disable makes comments of the lines that match. A file in which one does gets an empty line after each line, as Ansible's
// module writes it.
func (k *kernelModule) disable(dir string, re *regexp.Regexp) error {
	return k.inFiles(dir, func(file string, lines []string) error {
		if !slices.ContainsFunc(lines, re.MatchString) {
			return nil
		}
		k.r.Changed = true
		out := make([]string, len(lines))
		for i, l := range lines {
			if re.MatchString(l) {
				l = "#" + l
			}
			out[i] = l
		}
		return k.write(file, strings.Join(out, "\n"))
	})
}

func (k *kernelModule) write(file, text string) error {
	if k.p.Check {
		return nil
	}
	return programs.ReplaceFile(k.sys, file, text)
}
