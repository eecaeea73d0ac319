package image

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.docker.docker_image_load", Check: module.None, Run: runLoad, Rules: rules,
	Args: withEngine(module.Args{{Name: "path", Type: module.Path, Required: true, Help: "The archive."}}),
	Doc: module.Doc{
		Short:    "Loads the images of an archive into an engine of Docker.",
		Examples: "- community.docker.docker_image_load:\n    path: /var/backups/app.tar\n",
		Returns: []module.Return{
			{Name: "image_names", Type: "list", When: "success", Help: "The names, or identifiers, of what was loaded."},
			{Name: "images", Type: "list", When: "success", Help: "What the engine tells of each."},
			{Name: "stdout", Type: "str", When: "always", Help: "What the engine said."},
		},
	},
})

func runLoad(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	return start(ctx, sys, p, func(w *work) (module.Result, error) {
		l, err := w.load(ctx, p.Str("path"))
		if err != nil {
			return module.Result{}, err
		}
		if len(l.names) == 0 {
			r := module.Fail("Detected no loaded images. Archive potentially corrupt?")
			r.Set("stdout", trimmed(l.lines))
			return r, nil
		}
		images := value.NewList()
		for _, n := range l.names {
			d, err := w.find(ctx, parse(n, "latest"))
			if err != nil {
				return module.Result{}, err
			}
			if d != nil {
				images.Append(d)
			}
		}
		r := module.Result{Changed: true}
		r.Set("image_names", l.names).Set("images", images).Set("stdout", trimmed(l.lines))
		return r, nil
	})
}

// loaded is what came of an archive: what the engine said, and the names or identifiers of the images.
type loaded struct{ lines, names []string }

// load has the engine read an archive. A file that can't be read, or an archive that the engine does not take, is a *programs.Failed.
func (w *work) load(ctx context.Context, path string) (loaded, error) {
	fail := func(verb string, err error) error {
		f := programs.Fail("Error %s archive %s - %s", verb, path, fileattr.PyTextError(err, path))
		if verb == "loading" {
			f.Result.Set("stdout", "")
		}
		return f
	}
	info, err := w.sys.Stat(path)
	if err != nil {
		return loaded{}, fail("opening", err)
	}
	f, err := w.sys.Open(path)
	if err != nil {
		return loaded{}, fail("opening", err)
	}
	defer f.Close()
	if info.IsDir() {
		_, err := f.Read(make([]byte, 1))
		return loaded{}, fail("loading", err)
	}
	var l loaded
	r := engine.Request{Method: "POST", Path: "/images/load", Body: f, Size: info.Size, Type: "application/x-tar", Wait: true}
	err = w.c.Messages(ctx, r, func(d *value.Dict) error {
		for line := range strings.Lines(engine.Str(d, "stream")) {
			if line = strings.TrimRight(line, "\r\n"); line == "" {
				continue
			}
			l.lines = append(l.lines, line)
			for _, before := range []string{"Loaded image: ", "Loaded image ID: "} {
				if n, ok := strings.CutPrefix(line, before); ok {
					l.names = append(l.names, strings.TrimSpace(n))
				}
			}
		}
		return nil
	})
	return l, told(ctx, err, "Error loading archive "+path+" - ")
}
