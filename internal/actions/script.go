package actions

import (
	"context"
	"crypto/rand"
	"fmt"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.script", Run: runScript, Page: &module.Def{
	Check: module.Partial,
	Args:  scriptArgs,
	Rules: scriptRules,
	Doc: module.Doc{
		Short:    "Bring a script to the target and run it there.",
		Notes:    []string{"In check mode creates and removes are looked at, and nothing is run."},
		Examples: "- ansible.builtin.script:\n    cmd: prepare.sh --now\n    creates: /var/lib/prepared\n",
		Returns:  []module.Return{{Name: "rc", Type: "int", When: "always", Help: "The exit code."}, {Name: "stdout", Type: "str", When: "always", Help: "What it wrote."}},
	},
}})

var scriptArgs = module.Args{
	{Name: "_raw_params", Help: "The script on the control node and its arguments, in free form."},
	{Name: "cmd", Help: "The same."},
	{Name: "creates", Help: "A file; where it exists the script is not run."},
	{Name: "removes", Help: "A file; where it does not exist the script is not run."},
	{Name: "chdir", Help: "The folder to run it in, an absolute path."},
	{Name: "executable", Help: "What runs the script; without it the script's first line says so."},
}

var scriptRules = module.Rules{
	RequiredOneOf: [][]string{{"_raw_params", "cmd"}}, MutuallyExclusive: [][]string{{"_raw_params", "cmd"}},
}

// runScript brings a script to the target and runs it there. Its temporary copy is removed whatever happens.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/script_module.html
func runScript(ctx context.Context, c *Call) (*result.Result, error) {
	v := module.Validate(&module.Def{Name: c.FullName, Args: scriptArgs, Rules: scriptRules}, c.Name, c.Args, module.Env{})
	if v.Problem != "" {
		return nil, c.errorf("%s", v.Problem)
	}
	p := v.Params
	if r, err := c.unneeded(ctx, p); r != nil || err != nil {
		return r, err
	}
	if dir := p.Str("chdir"); dir != "" && !path.IsAbs(dir) {
		return nil, c.errorf("chdir %s must be an absolute path for a Unix-aware remote node", dir)
	}
	line := strings.TrimSpace(p.Str("_raw_params") + p.Str("cmd"))
	name, rest, err := firstWord(line)
	if err != nil {
		return nil, c.raise("%v", err)
	}
	file, err := c.find("files", name)
	if err != nil {
		return nil, &Error{Msg: err.Error()}
	}
	if c.Check {
		if !p.Has("creates") && !p.Has("removes") {
			return skippedFor("Check mode is not supported for this task."), nil
		}
		r := ok()
		r.Changed = true
		return r, nil
	}
	return c.runSent(ctx, file, rest, p)
}

// unneeded looks at creates and removes; nil means that the script has to run.
func (c *Call) unneeded(ctx context.Context, p *module.Params) (*result.Result, error) {
	for _, name := range []string{"creates", "removes"} {
		if !p.Has(name) {
			continue
		}
		there, err := c.exists(ctx, p.Str(name))
		if err != nil {
			return nil, err
		}
		verb := "exists"
		if name == "removes" {
			verb = "does not exist"
		}
		if there == (name == "creates") {
			return skippedFor("%s %s, matching %s option", p.Str(name), verb, name), nil
		}
	}
	return nil, nil
}

func (c *Call) exists(ctx context.Context, name string) (bool, error) {
	direct, err := c.Host.Shell(ctx, "[ -e "+quote(name)+" ]", nil)
	if err != nil || direct != nil {
		return direct != nil && direct.Code == 0, err
	}
	r, err := c.Host.Exec(ctx, "ansible.legacy.stat", value.DictOf(
		"path", value.NewStr(name), "get_checksum", value.False, "get_mime", value.False, "get_attributes", value.False,
	), nil)
	if err != nil {
		return false, err
	}
	if r.Failed {
		return false, c.errorf("%s", r.Msg)
	}
	stat, _ := r.Get("stat").(*value.Dict)
	return stat != nil && stat.Stored("exists") == value.Value(value.True), nil
}

// runSent runs a file of the control node on the target, with rest behind it on its line.
func (c *Call) runSent(ctx context.Context, file, rest string, p *module.Params) (_ *result.Result, err error) {
	content, _, err := c.fileContent(file, true)
	if err != nil {
		return nil, c.errorf("%s", c.unopened(file, err))
	}
	if r, err := c.runFed(ctx, content, file, rest, p); r != nil || err != nil {
		return r, err
	}
	made, err := c.Bare().Exec(ctx, "ansible.legacy.tempfile", value.DictOf("state", value.NewStr("directory"), "prefix", value.NewStr("ansible-tmp-")), nil)
	if err != nil {
		return nil, err
	}
	if made.Failed {
		return FromModule(made, c.Pos), nil
	}
	dir := textOf(made.Get("path"))
	defer func() {
		gone, e := c.Bare().Exec(context.WithoutCancel(ctx), "ansible.legacy.file", value.DictOf("path", value.NewStr(dir), "state", value.NewStr("absent")), nil)
		if err == nil && e == nil && gone.Failed {
			e = c.errorf("the temporary folder %s could not be removed: %s", dir, gone.Msg)
		}
		if err == nil {
			err = e
		}
	}()
	to := path.Join(dir, path.Base(file))
	sent, err := c.Bare().Exec(ctx, "ansible.legacy.copy", value.DictOf("dest", value.NewStr(to), "mode", value.NewStr("0700")), content)
	if err != nil {
		return nil, err
	}
	if sent.Failed {
		return FromModule(sent, c.Pos), nil
	}
	return c.shell(ctx, c.Host, scriptLine(quote(to), rest, p), "")
}

// scriptLine is the line that runs the script, whose quoted path is to.
func scriptLine(to, rest string, p *module.Params) string {
	line := strings.TrimSpace(to + " " + rest)
	if x := p.Str("executable"); x != "" {
		line = x + " " + line
	}
	if cd := p.Str("chdir"); cd != "" {
		line = "cd " + quote(cd) + " && " + line
	}
	return line
}

// runFed is runSent on a target where no module can run: the script comes on the input of a shell. It gives nil where
// modules can run.
func (c *Call) runFed(ctx context.Context, content *module.Content, file, rest string, p *module.Params) (*result.Result, error) {
	body, err := content.Reader(ctx)
	if err != nil {
		return nil, c.errorf("%s", c.unopened(file, err))
	}
	defer body.Close()
	dir := "/tmp/ansible-tmp-" + rand.Text()
	to := quote(path.Join(dir, path.Base(file)))
	line := fmt.Sprintf("u=$(umask); umask 077; mkdir %[1]s || exit 1; cat > %[2]s && chmod 700 %[2]s && { umask $u; %[3]s </dev/null; }; s=$?; rm -rf %[1]s; exit $s",
		dir, to, scriptLine(to, rest, p))
	direct, err := c.Host.Shell(ctx, line, body)
	if direct == nil || err != nil {
		return nil, err
	}
	return c.shellResult(int64(direct.Code), string(direct.Stdout), string(direct.Stderr)), nil
}

// unopened says why a file of the control node could not be read or opened.
func (c *Call) unopened(file string, err error) string {
	if noPassword(err) {
		return "A vault password or secret must be specified to decrypt " + file
	}
	return err.Error()
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'" }

// firstWord parts a line into its first word, without quotes, and what follows it, as it is written.
func firstWord(line string) (word, rest string, err error) {
	var b strings.Builder
	var in byte
	for i := 0; i < len(line); i++ {
		ch := line[i]
		switch {
		case in == 0 && (ch == ' ' || ch == '\t' || ch == '\n'):
			return b.String(), line[i+1:], nil
		case in == 0 && (ch == '\'' || ch == '"'):
			in = ch
		case ch == in:
			in = 0
		case ch == '\\' && in != '\'' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
		default:
			b.WriteByte(ch)
		}
	}
	if in != 0 {
		return "", "", fmt.Errorf("No closing quotation") //nolint:staticcheck // Python's words
	}
	return b.String(), "", nil
}
