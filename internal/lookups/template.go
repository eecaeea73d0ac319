package lookups

import (
	"context"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "template", Run: runTemplate, Options: []Option{
	{
		Name: "convert_data", Type: Bool, Default: value.True, Help: "Has no effect any more.",
		Gone: "Jinja2 native mode is now the default and only option, which is mutually exclusive with this option.",
	},
	{
		Name: "jinja2_native", Type: Bool, Default: value.True, Help: "Has no effect any more.",
		Gone: "Jinja2 native mode is now the default and only option.",
	},
	{Name: "variable_start_string", Type: Str, Default: value.NewStr("{{"), Help: "Begins a print statement."},
	{Name: "variable_end_string", Type: Str, Default: value.NewStr("}}"), Help: "Ends a print statement."},
	{Name: "comment_start_string", Type: Str, Default: value.NewStr("{#"), Help: "Begins a comment."},
	{Name: "comment_end_string", Type: Str, Default: value.NewStr("#}"), Help: "Ends a comment."},
	{Name: "trim_blocks", Type: Bool, Default: value.True, Help: "Remove the newline after a block."},
	{Name: "template_vars", Type: Dict, Help: "Further variables for the template."},
}})

// runTemplate evaluates template files.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/template_lookup.html
func runTemplate(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		name, ok := t.(value.Str)
		if !ok {
			return nil, missingAttribute(t, "startswith")
		}
		path := c.file("templates", name.String())
		if path == "" {
			return nil, fmt.Errorf("the template file %s could not be found for the lookup", name)
		}
		content, secret, err := c.Read(path)
		if err != nil {
			return nil, err
		}
		file := source.NewFile(path, string(content))
		if secret {
			file = source.NewSensitiveFile(path, string(content))
		}
		vars, _ := c.option("template_vars").(*value.Dict)
		v, err := c.Render(Template{
			Name: name.String(), File: file, Vars: vars,
			VariableStart: c.str("variable_start_string"), VariableEnd: c.str("variable_end_string"),
			CommentStart: c.str("comment_start_string"), CommentEnd: c.str("comment_end_string"),
			NoTrimBlocks: !c.bool("trim_blocks"),
		})
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
