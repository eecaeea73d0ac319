package vaultfmt_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

const exampleVault = `$ANSIBLE_VAULT;1.2;AES256;prod
62653333653234326330623765623064386439343931373865306132303137393963393631313466
6661326262316565643630633830343963653137316631360a373162323039316437313030633636
33626130383232656262643965386638343933636235626534306136623861653635336666346166
3237653166353539370a353263346431313436643936316532396133363033616665333432623434
3165
`

// A secret for the vault id "prod" becomes a text for a file.
func ExampleEncrypt() {
	envelope, err := vaultfmt.Encrypt([]byte("db_password: tr0ub4dor\n"), []byte("vault password"), "prod")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := envelope.MarshalText()
	if err != nil {
		fmt.Println(err)
		return
	}
	header, _, _ := strings.Cut(string(text), "\n")
	fmt.Println(header)
	// Output: $ANSIBLE_VAULT;1.2;AES256;prod
}

// What a vault tells without a password, and how an error says where a broken one is broken.
func ExampleParse() {
	envelope, err := vaultfmt.Parse([]byte(exampleVault))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(envelope.Version, envelope.Label, len(envelope.Ciphertext))

	broken := strings.Replace(exampleVault, "\n3165", "\n31 65", 1)
	_, err = vaultfmt.Parse([]byte(broken))
	var where *vaultfmt.FormatError
	if errors.As(err, &where) {
		fmt.Println(where.Line, where.Column, where.Reason)
	}
	// Output:
	// 1.2 prod 16
	// 6 3 a byte that is no hexadecimal digit
}

// Files that others wrote are read leniently: here, one that was converted to CR LF.
func ExampleParseLenient() {
	converted := strings.ReplaceAll(exampleVault, "\n", "\r\n")
	_, err := vaultfmt.Parse([]byte(converted))
	fmt.Println(err)
	envelope, err := vaultfmt.ParseLenient([]byte(converted))
	fmt.Println(envelope.Label, err)
	// Output:
	// malformed vault: the header ends with "\r\n", not "\n" (line 1, column 31, byte 30)
	// prod <nil>
}

// Of several passwords the one that fits is found.
func ExampleOpen() {
	envelope, err := vaultfmt.ParseLenient([]byte(exampleVault))
	if err != nil {
		fmt.Println(err)
		return
	}
	plaintext, which, err := vaultfmt.Open(envelope, []byte("the password for dev"), []byte("the password for prod"))
	fmt.Printf("%q %d %v\n", plaintext, which, err)

	_, _, err = vaultfmt.Open(envelope, []byte("a guess"))
	fmt.Println(errors.Is(err, vaultfmt.ErrNoMatch), err)
	// Output:
	// "hello\n" 1 <nil>
	// true no secret matches (1 tried)
}

// Rotation: the new key can be derived ahead, elsewhere, and the result is verified before anything is written.
func ExampleEncryptWithKey() {
	key, err := vaultfmt.NewKey([]byte("the new password"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer key.Wipe()
	envelope, err := vaultfmt.EncryptWithKey([]byte("hello\n"), key, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	plaintext, err := envelope.DecryptWithKey(key)
	fmt.Printf("%q %v\n", plaintext, err)

	_, err = vaultfmt.EncryptWithKey([]byte("another plaintext"), key, "")
	fmt.Println(err)
	// Output:
	// "hello\n" <nil>
	// vault key was used or wiped before
}
