package templating

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// loader finds the templates that include, import and extends name, in the folders of the scope that evaluates.
type loader struct{}

// Load reads and compiles a template.
func (loader) Load(ctx context.Context, name string, from *jinja.Template) (*jinja.Template, error) {
	s := scopeOf(ctx)
	if s == nil {
		return nil, &jinja.TemplateNotFoundError{Names: []string{name}}
	}
	clean, ok := cleanName(name)
	if !ok {
		return nil, &jinja.TemplateNotFoundError{Names: []string{name}, Msg: name}
	}
	dirs := s.dirs
	if dirs == nil {
		dirs = []string{s.e.o.Dir}
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, clean)
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		content, secret, err := s.e.o.Read(path)
		if err != nil {
			return nil, fmt.Errorf("reading the template %s: %w", path, err)
		}
		file := source.NewFile(path, string(content))
		if secret {
			file = source.NewSensitiveFile(path, string(content))
		}
		o := s.e.env.Syntax
		if from != nil {
			o = from.Env().Syntax
		}
		return s.e.parsePart(file, o, name)
	}
	paths := "path"
	if len(dirs) > 1 {
		paths = "paths"
	}
	return nil, &jinja.TemplateNotFoundError{
		Names: []string{name},
		Msg:   fmt.Sprintf("'%s' not found in search %s: '%s'", name, paths, strings.Join(dirs, "', '")),
	}
}

// cleanName is a template's name without "." segments; a name that leads out of the folder is refused.
func cleanName(name string) (string, bool) {
	var segments []string
	for _, s := range strings.Split(name, "/") {
		switch s {
		case "..":
			return "", false
		case "", ".":
		default:
			segments = append(segments, s)
		}
	}
	return filepath.Join(segments...), true
}

type partKey struct {
	name string
	fileKey
}

// parsePart compiles a template that another one includes, in the dialect of that one.
func (e *Engine) parsePart(f *source.File, o jinja.Options, name string) (*jinja.Template, error) {
	key := partKey{name, fileKey{f.Text(), o}}
	if c, ok := e.files.Load(key); ok {
		return c.(*compiled).t, c.(*compiled).err
	}
	t, err := e.envFor(o).Parse(jinja.Source{Text: f.Text(), Base: source.At(f, 1, 1), Name: name})
	e.files.Store(key, &compiled{t, err})
	return t, err
}
