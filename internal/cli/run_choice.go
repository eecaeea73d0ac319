package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/ansibleengine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/event"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
)

// The engines that --engine names.
const (
	nativeEngine  = "native"
	ansibleEngine = "ansible"
	autoEngine    = "auto"
)

func engineFlag(to *string) cli.Flag {
	return &cli.StringFlag{
		Name: "engine", Destination: to, Value: autoEngine,
		Usage: "what runs the playbook, `ENGINE`: native, ansible (the real ansible-playbook), or auto",
	}
}

// choose gives the run to an engine and says in its first line to which, and why.
func (r *run) choose(ctx context.Context, books []runner.Playbook) error {
	found := r.preflight(ctx, playsOf(books))
	if err := found.Errors.Err(); err != nil {
		return withCode(ExitParser, append(found.Errors, found.Refused...).Err())
	}
	only := found.OnlyReal()
	switch r.req.options.engine {
	case nativeEngine:
		r.tellEngine("native, as --engine native asks for")
	case ansibleEngine:
		binary := r.ansible()
		if binary == "" {
			e := &diag.Error{Msg: "there is no ansible-playbook for --engine ansible"}
			return withCode(ExitError, e.Hint("install ansible-core with the collection ansible.posix, or take --engine native"))
		}
		return r.playByAnsible(ctx, books, binary, "as --engine ansible asks for")
	case autoEngine, "":
		if len(only) == 0 {
			r.tellEngine("native, it can do all of this")
			break
		}
		if r.req.resumes != nil {
			r.tellEngine("native, as it was; " + only[0].Error())
			break
		}
		if binary := r.ansible(); binary != "" {
			return r.playByAnsible(ctx, books, binary, only[0].Error())
		}
		r.tellEngine("native, as there is no ansible-playbook; " + only[0].Error())
	default:
		e := &diag.Error{Msg: fmt.Sprintf("no engine %q", r.req.options.engine)}
		return withCode(ExitUsage, e.Hint("there are: native, ansible, auto"))
	}
	if err := r.native(found); err != nil {
		return err
	}
	return r.playRecorded(ctx, func() error { return r.play(ctx, books) })
}

func (r *run) tellEngine(text string) { r.sink.Handle(event.Note{Text: "engine: " + text}) }

// ansible finds the real ansible-playbook, "" when there is none.
func (r *run) ansible() string {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		self = ""
	}
	return ansibleengine.Find(r.env.Getenv("PATH"), self)
}
