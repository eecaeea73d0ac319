package rotate

import (
	"errors"
	"slices"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/locate"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// one opens a value and encrypts it anew.
func (r *rotation) one(t *locate.Text, v *locate.Value) result {
	line := Value{
		File: t.Src.Name(), Line: int(v.Pos.Line), Column: int(v.Pos.Col), Key: v.Key, Whole: v.Scalar == nil, ID: v.Label,
	}
	end := func(s Status, why string) result {
		line.Status, line.Why = s, why
		return result{lines: []Value{line}}
	}
	if len(r.OnlyIDs) > 0 && !slices.Contains(r.OnlyIDs, v.Label) {
		return end(Other, "its vault id was not asked for")
	}
	plaintext, secret, err := r.ring.OpenWith(v.Vault, v.Pos)
	switch {
	case err != nil && !v.Sure:
		return end(Stray, "no password opens it, and it is no value that Ansible is known to read")
	case err != nil:
		var oe *vault.OpenError
		if errors.As(err, &oe) {
			oe.Key = v.Key
		}
		if r.SkipUnreadable {
			return end(Unreadable, err.Error())
		}
		r.problem(err)
		return result{}
	}
	pair := r.pairs[secret]
	switch {
	case pair == nil && r.targets[secret]:
		clear(plaintext)
		return end(Already, "")
	case pair == nil:
		clear(plaintext)
		return end(Other, "it opens with the password of "+secret.ID+", which is not rotated")
	}
	line.NewID, line.Status = pair.Label, Rotated
	if line.NewID == "" {
		line.NewID = v.Label
	}
	if line.NewID == v.Label && pair.From.Same(pair.To) {
		clear(plaintext)
		return end(Already, "")
	}
	res := result{lines: []Value{line}, pair: pair}
	if v.Scalar == nil && vault.HasInline(plaintext) {
		if plaintext, err = r.within(t, plaintext, &res); err != nil {
			r.problem(err)
			return result{}
		}
	}
	if res.fresh, res.proof, err = r.encrypt(plaintext, pair.To, line.NewID); err != nil {
		r.problem(diag.Errorf(v.Pos, "%w", err))
		return result{}
	}
	return res
}

// within rotates the !vault values in the plaintext of a file that is a vault as a whole.
func (r *rotation) within(t *locate.Text, plaintext []byte, res *result) ([]byte, error) {
	inner, err := locate.Scan(source.NewSensitiveFile(t.Src.Name(), string(plaintext)), locate.Unknown)
	if err != nil || inner == nil || inner.Inline == nil {
		return plaintext, err
	}
	proofs := map[*locate.Value]*proof{}
	var edits []yaml.Edit
	for _, v := range inner.Values {
		one := r.one(inner, v)
		for _, l := range one.lines {
			l.Why = "within the encrypted file"
			res.lines = append(res.lines, l)
		}
		if one.fresh != nil {
			proofs[v] = one.proof
			defer one.proof.wipe()
			edits = append(edits, inner.Edit(v, one.fresh))
		}
	}
	changed := yaml.Apply(string(plaintext), edits...)
	clear(plaintext)
	return []byte(changed), verify(inner, changed, proofs)
}

// encrypt makes a vault with a fresh salt. In a dry run it makes something of the same shape, without the costly key.
func (r *rotation) encrypt(plaintext []byte, to *vault.Secret, label string) ([]byte, *proof, error) {
	p := &proof{plaintext: plaintext}
	if r.DryRun {
		text, err := shape(len(plaintext), label)
		return text, p, err
	}
	password := to.Reveal()
	defer clear(password)
	var err error
	if p.key, err = vaultfmt.NewKey(password); err != nil {
		return nil, nil, err
	}
	e, err := vaultfmt.EncryptWithKey(plaintext, p.key, label)
	if err != nil {
		return nil, nil, err
	}
	text, err := e.MarshalText()
	return text, p, err
}

// shape gives a text that looks like the vault of n bytes.
func shape(n int, label string) ([]byte, error) {
	e := &vaultfmt.Envelope{Version: "1.1", Cipher: "AES256", Salt: make([]byte, vaultfmt.SaltSize), MAC: make([]byte, 32), Ciphertext: make([]byte, n/16*16+16)}
	if label != "" && label != vault.DefaultID {
		e.Version, e.Label = "1.2", label
	}
	return e.MarshalText()
}
