package layers_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestStart holds that no regular expression is compiled before main: each costs every command that doesn't use it. They are made by
// package lazyregexp.
func TestStart(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,GoFiles", module+"/cmd/kimai-ansible").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Dir string
			GoFiles         []string
		}
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if !within(p.ImportPath, module) {
			continue
		}
		for _, name := range p.GoFiles {
			files++
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range compiledAtStart(f) {
				t.Errorf("%s: compiled at every start: lazyregexp.New does it when it is used", set.Position(at))
			}
		}
	}
	if files < 100 {
		t.Errorf("the test saw %d files: it checks nothing", files)
	}
}

func TestStartFires(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nvar a = map[string]*regexp.Regexp{\"k\": regexp.MustCompile(`b`)}\nvar c = func() { regexp.MustCompile(`d`) }\nfunc e() { regexp.MustCompile(`f`) }\n", 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(compiledAtStart(f)); got != 1 {
		t.Errorf("got %d places, want the one in the table", got)
	}
}

// compiledAtStart gives the places where the value of a package's variable calls a MustCompile outside of any function.
func compiledAtStart(f *ast.File) (at []token.Pos) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		ast.Inspect(g, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.SelectorExpr:
				if strings.HasPrefix(n.Sel.Name, "MustCompile") {
					at = append(at, n.Pos())
				}
			}
			return true
		})
	}
	return at
}
