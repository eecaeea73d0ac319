package filters

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/crypt"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = All.Add(Def{
	Name: "ansible.builtin.password_hash", Func: passwordHash,
	Sig: "get_encrypted_password(password, hashtype='sha512', salt=None, salt_size=None, rounds=None, ident=None)",
})

// crypter is a kind of password hash, with passlib's defaults and words.
type crypter struct {
	scheme               string // passlib's name
	saltSize             int    // of a random salt, and the most there may be
	rounds, minimum, max int    // rounds 0: there are none
	hash                 func(secret, salt, ident string, rounds int) string
}

var crypters = map[string]crypter{
	"md5":      {scheme: "md5_crypt", saltSize: 8, hash: func(secret, salt, _ string, _ int) string { return crypt.MD5(secret, salt) }},
	"sha256":   {"sha256_crypt", 16, 535000, 1000, 999999999, func(secret, salt, _ string, rounds int) string { return crypt.SHA256(secret, salt, rounds) }},
	"sha512":   {"sha512_crypt", 16, 656000, 1000, 999999999, func(secret, salt, _ string, rounds int) string { return crypt.SHA512(secret, salt, rounds) }},
	"blowfish": {"bcrypt", 22, 12, 4, 31, crypt.Bcrypt},
}

func passwordHash(c *Call) (value.Value, error) {
	name, err := c.Text("hashtype")
	if err != nil {
		return nil, err
	}
	if name == "bcrypt" {
		name = "blowfish"
	}
	kind, ok := crypters[name]
	if !ok {
		return nil, fail("%s is not in the list of supported passlib algorithms: md5, blowfish, sha256, sha512", name)
	}
	secret, ok := strOf(c.First())
	if !ok {
		shown := c.First().Type()
		if c.IsNone("password") {
			shown = "None"
		}
		return nil, value.Raise("TypeError", "secret must be unicode or bytes, not %s", shown)
	}
	if strings.Contains(secret, "\x00") {
		return nil, fail("Could not hash the secret: %s does not allow NULL bytes in password", kind.scheme)
	}
	salt, err := kind.salt(c)
	if err != nil {
		return nil, err
	}
	rounds := kind.rounds
	if !c.IsNone("rounds") {
		if rounds, err = toInt(c.Get("rounds")); err != nil {
			return nil, err
		}
		switch {
		case kind.rounds == 0:
			return nil, value.Raise("TypeError", "MinimalHandler.using() got an unexpected keyword argument 'rounds'")
		case rounds < kind.minimum:
			return nil, fail("Could not hash the secret: %s: min_desired_rounds (%d) is too low, must be at least %d", kind.scheme, rounds, kind.minimum)
		case rounds > kind.max:
			return nil, fail("Could not hash the secret: %s: min_desired_rounds (%d) is too high, must be at most %d", kind.scheme, rounds, kind.max)
		}
	}
	ident := "2b"
	if !c.IsNone("ident") && name == "blowfish" {
		if ident, err = c.Text("ident"); err != nil {
			return nil, err
		}
		ident = strings.Trim(ident, "$")
		if ident != "2a" && ident != "2b" && ident != "2y" {
			return nil, fail("Could not hash the secret: invalid ident: '%s'", ident)
		}
	}
	return str(kind.hash(secret, salt, ident, rounds)), nil
}

// salt gives the salt that is asked for, or a random one.
func (k crypter) salt(c *Call) (string, error) {
	size := k.saltSize
	if !c.IsNone("salt_size") && c.IsNone("salt") {
		n, err := toInt(c.Get("salt_size"))
		if err != nil {
			return "", err
		}
		if n < 1 || n > size || k.scheme == "bcrypt" && n != size {
			return "", fail("Could not hash the secret: a salt of %d characters does not go with %s", n, k.scheme)
		}
		size = n
	}
	salt := ""
	if !c.IsNone("salt") {
		var err error
		if salt, err = c.Text("salt"); err != nil {
			return "", err
		}
	}
	if salt == "" {
		return crypt.Salt(size)
	}
	if strings.Trim(salt, crypt.Alphabet) != "" {
		return "", fail("Could not hash the secret: invalid characters in %s salt", k.scheme)
	}
	n := len(salt)
	switch {
	case k.scheme == "bcrypt" && n%4 == 1:
		return "", fail("source length must != 1 mod 4")
	case k.scheme == "bcrypt" && n < 22:
		return "", fail("Could not hash the secret: salt too small (bcrypt requires exactly 22 chars)")
	case k.scheme == "bcrypt" && n > 22:
		return "", fail("Could not hash the secret: salt too large (bcrypt requires exactly 22 chars)")
	case n > k.saltSize:
		return "", fail("Could not hash the secret: salt too large (%s requires <= %d chars)", k.scheme, k.saltSize)
	}
	return salt, nil
}
