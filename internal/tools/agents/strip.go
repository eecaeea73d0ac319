package main

import (
	"go/ast"
	"go/parser"
	"go/token"
)

// strip takes the values of the keys Doc and Help out of a Go file.
func strip(name string, text []byte) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, 0)
	if err != nil {
		return nil, err
	}
	type cut struct {
		from, to int
		put      string
	}
	var cuts []cut
	ast.Inspect(file, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		key, _ := kv.Key.(*ast.Ident)
		if key == nil || key.Name != "Doc" && (key.Name != "Help" || !isText(kv.Value)) {
			return true
		}
		c := cut{fset.Position(kv.Value.Pos()).Offset, fset.Position(kv.Value.End()).Offset, `""`}
		if key.Name == "Doc" {
			c.put = "module.Doc{}"
		}
		cuts = append(cuts, c)
		return false
	})
	var out []byte
	at := 0
	for _, c := range cuts {
		out = append(append(out, text[at:c.from]...), c.put...)
		at = c.to
	}
	return append(out, text[at:]...), nil
}

// isText reports whether an expression is a text, written down or put together.
func isText(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return e.Op == token.ADD && isText(e.X) && isText(e.Y)
	case *ast.ParenExpr:
		return isText(e.X)
	}
	return false
}
