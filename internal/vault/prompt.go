package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
)

const stagePrompt = "Error in vault password prompt"

// fromPrompt asks, with ansible-core's questions.
func (l *Loader) fromPrompt(ctx context.Context, spec Spec, fresh bool) (*Secret, error) {
	if l.Ask == nil {
		return nil, &LoadError{Spec: spec, Msg: "there is nobody to be asked for a vault password", stage: stagePrompt}
	}
	var answers []string
	for _, q := range questions(spec, fresh) {
		answer, err := l.Ask(ctx, q)
		switch {
		case errors.Is(err, io.EOF):
			return nil, &LoadError{Spec: spec, Msg: fmt.Sprintf("EOFError (ctrl-d) on prompt for (%s)", spec.ID), Cause: err, stage: stagePrompt}
		case err != nil:
			return nil, fmt.Errorf("asking for the vault password (%s): %w", spec.ID, err)
		}
		s, err := l.secret(spec, "prompt", answer, stagePrompt, "Invalid vault password was provided")
		if err != nil {
			return nil, err
		}
		answers = append(answers, s.password.Reveal())
	}
	if answers[0] != answers[len(answers)-1] {
		return nil, &LoadError{Spec: spec, Msg: "Passwords do not match", stage: stagePrompt}
	}
	return NewSecret(spec.ID, "prompt", answers[0]), nil
}

func questions(spec Spec, fresh bool) []string {
	switch {
	case spec.Source == sourceAskPass && fresh:
		return []string{"New Vault password: ", "Confirm New Vault password: "}
	case spec.Source == sourceAskPass:
		return []string{"Vault password: "}
	case fresh:
		return []string{fmt.Sprintf("New vault password (%s): ", spec.ID), fmt.Sprintf("Confirm new vault password (%s): ", spec.ID)}
	}
	return []string{fmt.Sprintf("Vault password (%s): ", spec.ID)}
}
