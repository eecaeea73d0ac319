package lookups

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/crypt"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "password", Run: runPassword, Options: []Option{
	{Name: "encrypt", Help: "The hash to give instead of the password: md5_crypt, bcrypt, sha256_crypt or sha512_crypt."},
	{Name: "ident", Type: Str, Help: "The version of bcrypt."},
	{
		Name: "chars", Type: List, Default: value.NewList(value.NewStr("ascii_letters"), value.NewStr("digits"), value.NewStr(".,:-_")),
		Help: "Names of sets of characters, or characters.",
	},
	{Name: "length", Type: Int, Default: value.NewInt(20), Help: "The number of characters."},
	{Name: "seed", Type: Str, Help: "Makes the password depend on this text alone."},
}})

// passwordFiles is held while a password file is read or made: hosts that ask for the same one get the same password.
var passwordFiles sync.Mutex

// runPassword gives passwords that files keep; what is not there is made.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/password_lookup.html
func runPassword(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		term, ok := t.(value.Str)
		if !ok {
			return nil, missingAttribute(t, "split")
		}
		one := *c
		one.options, one.given = map[string]value.Value{}, map[string]bool{}
		for k, v := range c.options {
			one.options[k] = v
		}
		path, err := one.passwordTerm(term.String())
		if err != nil {
			return nil, err
		}
		p, err := one.password(path)
		if err != nil {
			return nil, err
		}
		out = append(out, value.NewStr(p))
	}
	return out, nil
}

// passwordTerm reads a term: a path, which may have blanks in it, and key=value pairs.
func (c *Call) passwordTerm(term string) (string, error) {
	words := strings.Split(term, " ")
	n := 1
	for n < len(words) && !strings.Contains(words[n], "=") {
		n++
	}
	params, rest := parseKV(strings.Join(words[n:], " "))
	if rest != "" {
		return "", errors.New("Unrecognized value after key=value parameters given to password lookup") //nolint:staticcheck // Ansible's words
	}
	var unknown []string
	for _, p := range params {
		var err error
		switch p.key {
		case "length", "seed", "ident":
			err = c.setNamed(p.key, value.NewStr(p.val))
		case "encrypt":
			c.options["encrypt"] = value.Value(value.NewStr(p.val))
			if p.val == "" {
				c.options["encrypt"] = value.None
			}
		case "chars":
			c.options["chars"] = charNames(p.val)
		default:
			unknown = append(unknown, p.key)
		}
		if err != nil {
			return "", err
		}
	}
	if len(unknown) > 0 {
		sort.Strings(unknown)
		return "", errors.New("Unrecognized parameter(s) given to password lookup: " + strings.Join(unknown, ", ")) //nolint:staticcheck // Ansible's words
	}
	return strings.Join(words[:n], " "), nil
}

// charNames splits the names of character sets; two commas stand for a comma.
func charNames(s string) value.Value {
	var names []value.Value
	if strings.Contains(s, ",,") {
		names = append(names, value.NewStr(","))
		s = strings.ReplaceAll(s, ",,", ",")
	}
	for _, n := range strings.Split(s, ",") {
		if n != "" {
			names = append(names, value.NewStr(n))
		}
	}
	return value.NewList(names...)
}

// kept is what a password file keeps.
type kept struct{ password, salt, ident string }

func (k kept) String() string {
	s := k.password
	if k.salt != "" {
		s += " salt=" + k.salt
		if k.ident != "" {
			s += " ident=" + k.ident
		}
	}
	return s + "\n"
}

var keptForm = lazyregexp.New(`(?s)^(.*?)(?: salt=(\S*))?(?: ident=(\S*))?$`)

func parseKept(text string) kept {
	m := keptForm().FindStringSubmatch(strings.TrimRight(text, pythonSpace))
	return kept{password: m[1], salt: m[2], ident: m[3]}
}

// password gives the password of a file, or its hash. A file that is not there, or that lacks a salt, is written.
func (c *Call) password(name string) (string, error) {
	path := c.expand(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Dir(), path)
	}
	scheme, hashed, err := c.scheme()
	if err != nil {
		return "", err
	}
	passwordFiles.Lock()
	defer passwordFiles.Unlock()
	var k kept
	changed := false
	content, err := readPassword(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if k.password, err = c.generate(); err != nil {
			return "", err
		}
		changed = true
	case err != nil:
		return "", err
	default:
		k = parseKept(content)
	}
	if hashed && k.salt == "" {
		if k.salt, err = crypt.Salt(saltSizes[scheme]); err != nil {
			return "", err
		}
		changed = true
	}
	if hashed {
		ident := c.str("ident")
		switch {
		case k.ident == "":
			if k.ident = ident; ident == "" && scheme == "bcrypt" && changed {
				k.ident = "2b"
			}
		case ident != "" && ident != k.ident:
			return "", fmt.Errorf("The ident parameter provided (%s) does not match the stored one (%s).", k.ident, ident) //nolint:staticcheck // Ansible's words
		}
	}
	if changed && path != "/dev/null" {
		if err := writePassword(path, k.String()); err != nil {
			return "", err
		}
	}
	if !hashed {
		return k.password, nil
	}
	return hashPassword(scheme, k)
}

var saltSizes = map[string]int{"md5_crypt": 8, "bcrypt": 22, "sha256_crypt": 16, "sha512_crypt": 16}

// scheme is the hash that is asked for.
func (c *Call) scheme() (name string, hashed bool, err error) {
	v := c.option("encrypt")
	switch v {
	case value.None, value.False:
		return "", false, nil
	}
	s, ok := v.(value.Str)
	if ok && s.String() == "" {
		return "", false, nil
	}
	if !ok || saltSizes[s.String()] == 0 {
		return "", false, fmt.Errorf("Installed passlib version 1.7.4 does not support the %s algorithm.", quoted(v)) //nolint:staticcheck // Ansible's words
	}
	return s.String(), true, nil
}

func quoted(v value.Value) string {
	r, err := value.Repr(v)
	if err != nil {
		return v.Type()
	}
	return r
}

func hashPassword(scheme string, k kept) (string, error) {
	kwargs := value.DictOf("hashtype", value.NewStr(strings.TrimSuffix(scheme, "_crypt")), "salt", value.NewStr(k.salt))
	if k.ident != "" && scheme == "bcrypt" {
		kwargs.SetStr("ident", value.NewStr(k.ident))
	}
	v, err := filters.All.Lookup("password_hash").Call(context.Background(), nil, []value.Value{value.NewStr(k.password)}, kwargs)
	if err != nil {
		return "", err
	}
	return value.Text(v)
}

func readPassword(path string) (string, error) {
	if path == "/dev/null" {
		return "", os.ErrNotExist
	}
	b, err := os.ReadFile(path)
	return string(b), err
}

// writePassword writes a password file, which only its owner may read, and makes its folder.
func writePassword(path, text string) error {
	dir := filepath.Dir(path)
	if _, err := os.Stat(dir); err != nil {
		if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
			return err
		}
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	f, err := os.CreateTemp(dir, ".password-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// charSets are Python's sets of characters by their names in the module string.
var charSets = map[string]string{
	"ascii_lowercase": "abcdefghijklmnopqrstuvwxyz",
	"ascii_uppercase": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"ascii_letters":   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"digits":          "0123456789",
	"hexdigits":       "0123456789abcdefABCDEF",
	"octdigits":       "01234567",
	"punctuation":     "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
	"whitespace":      " \t\n\r\x0b\x0c",
	"printable": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" +
		"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\x0b\x0c",
}

// generate makes a password.
func (c *Call) generate() (string, error) {
	names, err := value.Elems(c.option("chars"))
	if err != nil {
		return "", err
	}
	var set strings.Builder
	for _, n := range names {
		s, err := value.Text(n)
		if err != nil {
			return "", err
		}
		if known, ok := charSets[s]; ok {
			s = known
		}
		set.WriteString(s)
	}
	chars := strings.NewReplacer(`"`, "", `'`, "").Replace(set.String())
	length := int(c.int("length"))
	switch {
	case length <= 0:
		return "", nil
	case chars == "":
		return "", value.Raise("IndexError", "Cannot choose from an empty sequence")
	}
	if c.option("seed") == value.None {
		return randomText(chars, length)
	}
	r := []rune(chars)
	out := make([]rune, length)
	for i, k := range filters.Choices(c.str("seed"), len(r), length) {
		out[i] = r[k]
	}
	return string(out), nil
}

// randomText gives n characters of chars that can't be foretold.
func randomText(chars string, n int) (string, error) {
	r := []rune(chars)
	most := big.NewInt(int64(len(r)))
	out := make([]rune, n)
	for i := range out {
		k, err := rand.Int(rand.Reader, most)
		if err != nil {
			return "", err
		}
		out[i] = r[k.Int64()]
	}
	return string(out), nil
}
