// Package vaultfmt reads and writes the file format of Ansible Vault, versions 1.1 and 1.2.
//
// A vault is a short text: a header line, then hexadecimal digits in lines of 80. [Encrypt] makes an [Envelope], its
// MarshalText makes the text; [Parse] or [ParseLenient] makes an Envelope of a text, [Open] or [Envelope.Decrypt] gives
// the plaintext. The same text is used for whole files and, indented, for inline "!vault" values in YAML; taking the
// indentation away is the YAML reader's work.
//
//	envelope, err := vaultfmt.Encrypt(plaintext, secret, "prod")
//	text, err := envelope.MarshalText()
//
//	envelope, err := vaultfmt.ParseLenient(text)
//	plaintext, which, err := vaultfmt.Open(envelope, secret1, secret2)
//
// [Parse] takes only what a writer should produce and names what is wrong with the rest; [ParseLenient] takes what
// ansible-core takes. Use the lenient one to read files of others, the strict one to check them.
//
// A vault's key costs 10,000 iterations of PBKDF2, three times (once for each 32 bytes of key). [Envelope.Matches] does
// one third of that, since the password is proven by the MAC key alone, and Open does the remaining two thirds only for
// the secret that fits.
//
// # Security
//
// The MAC is compared in constant time, and before anything is decrypted. Derived keys are overwritten after use, and so
// is a plaintext that turns out to be badly padded. No error text contains a secret, a key or plaintext. What the format
// itself does not protect (the label is not authenticated, a salt that is used twice gives away plaintext, 10,000
// iterations are few for a weak password) is told in docs/vault-format.md, which specifies the format.
//
// The package knows nothing of files, prompts, YAML or Ansible's configuration. It uses the standard library only.
package vaultfmt
