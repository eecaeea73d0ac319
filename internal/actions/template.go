package actions

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.template", Run: runTemplate, Page: &module.Def{
	Check: module.Full, Diff: module.Full, FileArgs: true,
	Args: append(templateArgs[:len(templateArgs):len(templateArgs)], templateCopyArgs...),
	Doc: module.Doc{
		Short:    "Render a template on the control node and bring the result to the target.",
		Notes:    []string{"The template is looked for in the folder templates of the role, and beside the playbook."},
		Examples: "- ansible.builtin.template:\n    src: nginx.conf.j2\n    dest: /etc/nginx/nginx.conf\n    mode: \"0644\"\n    validate: nginx -t -c %s\n  notify: Restart nginx\n",
		Returns:  []module.Return{{Name: "dest", Type: "str", When: "success", Help: "The file."}, {Name: "checksum", Type: "str", When: "success", Help: "The SHA-1 of the result."}},
	},
}})

// templateArgs are the arguments that stay here; all others are those of the copy that follows.
var templateArgs = module.Args{
	{Name: "src", Type: module.Str, Required: true, Help: "The template on the control node."},
	{Name: "block_start_string", Type: module.Str, Default: value.NewStr("{%"), Help: "Begins a block."},
	{Name: "block_end_string", Type: module.Str, Default: value.NewStr("%}"), Help: "Ends a block."},
	{Name: "variable_start_string", Type: module.Str, Default: value.NewStr("{{"), Help: "Begins a print statement."},
	{Name: "variable_end_string", Type: module.Str, Default: value.NewStr("}}"), Help: "Ends a print statement."},
	{Name: "comment_start_string", Type: module.Str, Default: value.NewStr("{#"), Help: "Begins a comment."},
	{Name: "comment_end_string", Type: module.Str, Default: value.NewStr("#}"), Help: "Ends a comment."},
	{Name: "trim_blocks", Type: module.Bool, Default: value.True, Help: "Remove the newline after a block."},
	{Name: "lstrip_blocks", Type: module.Bool, Default: value.False, Help: "Remove blanks before a block."},
	{Name: "newline_sequence", Type: module.Str, Default: value.NewStr("\n"), Help: "What ends a line of the result."},
	{Name: "output_encoding", Type: module.Str, Default: value.NewStr("utf-8"), Help: "The encoding of the result."},
}

// templateCopyArgs are those of the copy that users know, besides the attributes of files.
var templateCopyArgs = module.Args{
	{Name: "dest", Type: module.Path, Required: true, Help: "The file on the target, or a folder for a file of the template's name."},
	{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the file that is replaced."},
	{Name: "follow", Type: module.Bool, Default: false, Help: "Write through a link on the target."},
	{Name: "force", Type: module.Bool, Default: true, Help: "Replace a file whose content differs."},
	{Name: "validate", Help: "A command that must accept the new file, whose path takes the place of %s."},
}

// runTemplate renders a template on the control node and brings the result to the target.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/template_module.html
func runTemplate(ctx context.Context, c *Call) (*result.Result, error) {
	own, rest := c.split(templateArgs)
	if !rest.Has("dest") && !rest.Has("path") || !own.Has("src") {
		return nil, c.errorf("src and dest are required")
	}
	for _, name := range []string{"src", "dest"} {
		if v := c.Args.Stored(name); v != nil {
			if _, isStr := v.(value.Str); !isStr {
				shown, _ := value.Repr(v)
				return nil, c.raise("Invalid value provided for 'string': %s", shown)
			}
		}
	}
	for _, name := range []string{"trim_blocks", "lstrip_blocks"} {
		if own.Has(name) {
			own.SetStr(name, value.Bool(lenient(own, name, false)))
		}
	}
	p, err := c.validateArgs(templateArgs, own)
	if err != nil {
		return nil, err
	}
	options, err := c.dialect(p)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"state", "content"} {
		if rest.Has(name) && name == "state" {
			return nil, c.errorf("'%s' cannot be specified on a template", name)
		}
		if rest.Has(name) {
			return c.fail("src and content are mutually exclusive"), nil
		}
	}
	path, err := c.find("templates", p.Str("src"))
	if err != nil {
		return nil, &Error{Msg: err.Error()}
	}
	text, secret, err := c.Files.ReadFile(path)
	if errors.Is(err, syscall.EISDIR) {
		return nil, c.raise("An error occurred while trying to read the file '%[1]s': [Errno 21] Is a directory: '%[1]s'", path)
	} else if err != nil {
		return nil, &Error{Msg: fmt.Sprintf("reading the template %s: %v", path, err)}
	}
	file := source.NewFile(path, string(text))
	if secret {
		file = source.NewSensitiveFile(path, string(text))
	}
	rendered, err := c.templateScope(p.Str("src"), path, rest).RenderFile(file, options)
	if err != nil {
		return nil, err
	}
	encoded, err := c.encode(rendered, p.Str("output_encoding"))
	if err != nil {
		return nil, err
	}
	rest.SetStr("_original_basename", value.NewStr(filepath.Base(path)))
	if m, ok := rest.Stored("mode").(value.Str); ok && m.String() == "preserve" {
		info, err := os.Stat(path)
		if err != nil {
			return nil, &Error{Msg: err.Error()}
		}
		rest.SetStr("mode", value.NewStr(fmt.Sprintf("0%o", info.Mode().Perm())))
	}
	for _, name := range []string{"remote_src", "local_follow", "decrypt"} { // of copy; the content comes from here all the same
		rest.DeleteStr(name)
	}
	c.last()
	return c.send(ctx, rest, contentOf(encoded, path))
}

// dialect makes the options of Jinja of the arguments.
func (c *Call) dialect(p *module.Params) (templating.FileOptions, error) {
	o := templating.DefaultFileOptions()
	o.BlockStart, o.BlockEnd = p.Str("block_start_string"), p.Str("block_end_string")
	o.VariableStart, o.VariableEnd = p.Str("variable_start_string"), p.Str("variable_end_string")
	o.CommentStart, o.CommentEnd = p.Str("comment_start_string"), p.Str("comment_end_string")
	o.TrimBlocks, o.LstripBlocks = p.Bool("trim_blocks"), p.Bool("lstrip_blocks")
	switch s := p.Str("newline_sequence"); s {
	case `\n`, "\n":
		o.NewlineSequence = "\n"
	case `\r`, "\r":
		o.NewlineSequence = "\r"
	case `\r\n`, "\r\n":
		o.NewlineSequence = "\r\n"
	default:
		return o, c.errorf("newline_sequence needs to be one of: \n, \r or")
	}
	if err := o.Check(); err != nil {
		return o, c.errorf("%v", err)
	}
	return o, nil
}

// templateScope adds the variables that describe the template, and puts its folder first in the search path.
func (c *Call) templateScope(src, path string, args *value.Dict) *templating.Scope {
	dest, _ := value.Text(args.Stored("dest"))
	return c.Scope.ForTemplate(src, path, dest)
}

// split parts the arguments into those of a spec and all others.
func (c *Call) split(spec module.Args) (own, rest *value.Dict) {
	own, rest = value.NewDict(), value.NewDict()
	for it := c.Args.Iterate(); it.Next(); {
		to := rest
		if key, ok := it.Key().(value.Str); ok && spec.Find(key.String()) != nil {
			to = own
		}
		_ = to.Set(it.Key(), it.Stored())
	}
	return own, rest
}
