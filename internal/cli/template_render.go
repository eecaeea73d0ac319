package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// templateRenderOptions are the options of template render.
type templateRenderOptions struct {
	templateOptions
	file, output string
	keepNewlines bool
	dialect      templating.FileOptions
	newline      string
}

const templateRenderHelp = `Prints what the template module would write for a host, byte for byte; FILE "-" is standard input; with -o it is written to a file, which has its
new content wholly or is as it was. The options of the module have the module's names.

` + templateSecrets + `
   A file given with -o gets the result in full: only its owner can read it (mode 0600) when a secret is in it, else it has
   mode 0644 less the umask, whatever mode it had.

EXAMPLES
   kimai-ansible template render templates/app.conf.j2 -i prod --host web1
   kimai-ansible template render app.conf.j2 -e port=8080 -o app.conf`

func templateRenderCommand(env *Env) *cli.Command {
	var o templateRenderOptions
	d := templating.DefaultFileOptions()
	text := func(name, usage string, to *string) cli.Flag {
		return &cli.StringFlag{Name: name, Usage: usage, Destination: to}
	}
	return &cli.Command{
		Name: "render", Usage: "render a template file as the template module does",
		UsageText:   "kimai-ansible template render FILE [-o OUT] [-i NAME|PATH] [--host HOST] [options]",
		Description: templateRenderHelp, OnUsageError: usageError,
		Flags: append(templateFlags(&o.templateOptions),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Destination: &o.output, Usage: "write to the file `OUT`; - is stdout"},
			&cli.BoolFlag{Name: "lstrip-blocks", Destination: &d.LstripBlocks, Usage: "remove blanks before a block"},
			&cli.BoolFlag{Name: "no-trim-blocks", Destination: &o.keepNewlines, Usage: "keep the newline after a block: trim_blocks=false"},
			text("newline-sequence", "what ends a line, `SEQUENCE`: \\n, \\r or \\r\\n", &o.newline),
			text("block-start-string", "begins a block instead of {%: `TEXT`", &d.BlockStart),
			text("block-end-string", "ends a block instead of %}: `TEXT`", &d.BlockEnd),
			text("variable-start-string", "begins a print statement instead of {{: `TEXT`", &d.VariableStart),
			text("variable-end-string", "ends a print statement instead of }}: `TEXT`", &d.VariableEnd),
			text("comment-start-string", "begins a comment instead of {#: `TEXT`", &d.CommentStart),
			text("comment-end-string", "ends a comment instead of #}: `TEXT`", &d.CommentEnd)),
		Action: func(c *cli.Context) (err error) {
			if o.file, err = oneArgument(c, "the file of a template"); err != nil {
				return err
			}
			o.collect(c)
			if o.dialect, err = o.dialectOf(d); err != nil {
				return withCode(ExitUsage, err)
			}
			return runTemplateRender(c.Context, env, o)
		},
	}
}

// dialectOf fills in what the flags say in words.
func (o templateRenderOptions) dialectOf(d templating.FileOptions) (templating.FileOptions, error) {
	d.TrimBlocks = !o.keepNewlines
	switch o.newline {
	case "", `\n`, "\n":
		d.NewlineSequence = "\n"
	case `\r`, "\r":
		d.NewlineSequence = "\r"
	case `\r\n`, "\r\n":
		d.NewlineSequence = "\r\n"
	default:
		return d, diag.Errorf(noPos, "--newline-sequence is none of \\n, \\r and \\r\\n: %q", o.newline)
	}
	return d, d.Check()
}

// runTemplateRender is `kimai-ansible template render`.
func runTemplateRender(ctx context.Context, env *Env, o templateRenderOptions) error {
	if o.file == "-" {
		o.file = stdinName
	}
	return runTemplate(ctx, env, o.templateOptions, o.file, func(r *run, s *templating.Scope) error {
		path := r.abs(o.file)
		text, secret, err := r.templateText(path, o.file)
		if err != nil {
			return withCode(ExitError, fmt.Errorf("reading the template: %w", err))
		}
		file := source.NewFile(o.file, string(text))
		if secret {
			file = source.NewSensitiveFile(o.file, string(text))
		}
		dest := ""
		if o.output != "" && o.output != "-" {
			dest = r.abs(o.output)
		}
		result, err := s.ForTemplate(o.file, path, dest).RenderMarked(file, o.dialect)
		if err != nil {
			return err
		}
		if dest != "" {
			return r.writeResult(dest, result)
		}
		out, err := r.shown(result, ", -o FILE writes it to a file that only you can read")
		if err == nil {
			_, err = r.env.Stdout.Write([]byte(out))
		}
		return err
	})
}

// stdinName is what a template is called that comes from standard input.
const stdinName = "<stdin>"

// templateText reads a template; secret tells that it came out of a vault.
func (r *run) templateText(path, name string) (text []byte, secret bool, err error) {
	if name != stdinName {
		return r.secrets.readFile(path)
	}
	text, err = io.ReadAll(r.env.Stdin)
	return text, false, err
}

// writeResult writes a result to a file in one step. Through a symbolic link it writes what the link points to.
func (r *run) writeResult(path string, result value.Str) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return withCode(ExitError, diag.Errorf(noPos, "%s is no ordinary file", path).Hint("without -o the result goes to stdout"))
	}
	mode := fs.FileMode(0o644)
	if text := result.String(); value.IsSecret(result) || r.redactor.Redact(text) != text {
		mode = 0o600
	}
	beside := filepath.Join(filepath.Dir(path), ".kimai-ansible-"+rand.Text())
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) // the umask takes its part
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = f.WriteString(result.String())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(beside, path)
	}
	if err != nil {
		os.Remove(beside)
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
