package cli

import (
	"errors"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/callback"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// verdictCode gives an error that broke a run the exit code that Ansible has for it, where that is known.
func verdictCode(err error) error {
	var v *playbook.Verdict
	if errors.Is(err, runner.ErrQuit) {
		return &CodeError{Code: ExitInterrupted}
	}
	if errors.As(err, &v) && v.Exit > 0 {
		return withCode(v.Exit, err)
	}
	var unread *yaml.ParserError
	if errors.As(err, &unread) {
		return withCode(ExitParser, err)
	}
	return err
}

// verdictWords is what ansible-core says of an error, with the place that it names and what it adds below that; ok is false
// when that is not known.
func verdictWords(err error) (words string, ok bool) {
	var v *playbook.Verdict
	if errors.As(err, &v) {
		if v.Because != nil {
			return callback.Chain(result.FaultOf(v)), true
		}
		return wordsOf(v), true
	}
	var unread *yaml.ParserError
	if errors.As(err, &unread) {
		words = unread.Message + "\n" + callback.Origin(unread.Pos)
		if unread.Help != "" {
			words += "\n" + unread.Help + "\n"
		}
		return words, true
	}
	var combined *inventory.CombineError
	if errors.As(err, &combined) {
		return combined.Error(), true
	}
	var t *templating.Error
	if errors.As(err, &t) {
		return callback.Chain(result.FaultOf(t)), true
	}
	return "", false
}

// wordsOf is a verdict with its place and what stands below that.
func wordsOf(v *playbook.Verdict) string {
	words := v.Msg
	switch {
	case v.Pos.IsValid():
		words += "\n" + callback.Origin(v.Pos)
	case strings.Contains(words, "\n") && !strings.HasSuffix(words, "\n") && v.Help == "":
		words += "\n" // set off from what follows, as a place is
	}
	if v.Help != "" {
		words += "\n" + v.Help + "\n"
	}
	return words
}
