package yaml

import (
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"

	marks "go.yaml.in/yaml/v4"
)

var parserMessage = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?(.*)$`)

// syntaxError makes a finding of what the parser complains about, with the place and, for a classic mistake, its cause
// and remedy.
func syntaxError(f *source.File, err error) *diag.Error {
	msg, line := err.Error(), 0
	if m := parserMessage.FindStringSubmatch(msg); m != nil {
		line, _ = strconv.Atoi(m[1])
		msg = m[2]
	}
	pos := source.At(f, line, 0)
	if line == 0 {
		pos = source.Pos{File: f}
	}
	context := ""
	if mark := locate(f.Text(), msg); mark != nil {
		pos, context = source.At(f, mark.Mark.Line, mark.Mark.Column), mark.ContextMsg
	}
	return explain(pos, msg, context)
}

// locate asks the parser that keeps marks where msg is to be said.
func locate(text, msg string) (found *marks.LoadError) {
	defer func() {
		if recover() != nil {
			found = nil
		}
	}()
	l, err := marks.NewLoader(strings.NewReader(text))
	if err != nil {
		return nil
	}
	for {
		var n marks.Node
		err := l.Load(&n)
		if err == nil {
			continue
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		var e *marks.LoadError
		if errors.As(err, &e) && (e.Message == msg || msg == "") && e.Mark.Line > 0 {
			return e
		}
		return nil
	}
}

// explain words the finding.
func explain(pos source.Pos, msg, context string) *diag.Error {
	if context != "" {
		msg = context + ", " + msg
	}
	return diag.Errorf(pos, "invalid YAML: %s", msg)
}
