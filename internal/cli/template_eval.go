package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// templateEvalOptions are the options of template eval.
type templateEvalOptions struct {
	templateOptions
	expr string
	json bool
}

const templateEvalHelp = `Evaluates an expression, as "when" has it: without braces. Prints the value as Python's str() does; with --json as JSON,
so that its type is seen: "1" is a text, 1 a number. What JSON has no word for, such as a date, is written as text.

An expression that begins with a dash stands behind "--"; "-" alone reads the expression from standard input.

` + templateSecrets + `

EXAMPLES
   kimai-ansible template eval "groups['web'] | map('upper') | join(',')" -i prod --host web1
   kimai-ansible template eval --json "[1, '2', 3.0] | map('int')"`

func templateEvalCommand(env *Env) *cli.Command {
	var o templateEvalOptions
	return &cli.Command{
		Name: "eval", Usage: "evaluate an expression and print its value",
		UsageText:   "kimai-ansible template eval EXPR [-i NAME|PATH] [--host HOST] [options]",
		Description: templateEvalHelp, OnUsageError: usageError,
		Flags: append(templateFlags(&o.templateOptions),
			&cli.BoolFlag{Name: "json", Destination: &o.json, Usage: "print the value as JSON, which keeps its type"}),
		Action: func(c *cli.Context) (err error) {
			if o.expr, err = oneArgument(c, "an expression"); err != nil {
				return err
			}
			o.collect(c)
			if o.expr == "-" {
				text, err := io.ReadAll(env.Stdin)
				if err != nil {
					return fmt.Errorf("reading the expression from standard input: %w", err)
				}
				o.expr = strings.TrimSpace(string(text))
			}
			return runTemplateEval(c.Context, env, o)
		},
	}
}

// runTemplateEval is `kimai-ansible template eval`.
func runTemplateEval(ctx context.Context, env *Env, o templateEvalOptions) error {
	return runTemplate(ctx, env, o.templateOptions, "", func(r *run, s *templating.Scope) error {
		origin := source.At(source.NewFile("<expression>", o.expr), 1, 1)
		v, err := s.Expression(value.NewMarkedStr(o.expr, value.Marks{Trusted: true, Origin: origin}))
		if err != nil {
			return err
		}
		text, err := evalText(v, o.json)
		if err != nil {
			return err
		}
		out, err := r.shown(text, "")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(r.env.Stdout, out)
		return err
	})
}

// evalText is how a value is printed; it is secret when anything in the value is.
func evalText(v value.Value, json bool) (value.Str, error) {
	if !json {
		text, err := value.Text(v)
		return value.NewMarkedStr(text, value.Marks{Secret: value.HasSecret(v)}), err
	}
	return value.JSON(v, value.JSONOptions{Unicode: true, Default: func(v value.Value) (value.Value, error) {
		text, err := value.Text(v)
		return value.NewStr(text), err
	}})
}
