package users

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/crypt"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
)

// scheme is a way to hash a password, with the name and the defaults that it has in passlib 1.7.
type scheme struct {
	name   string
	looks  func() *regexp.Regexp // a hash of it
	hash   func(password string) (string, error)
	verify func(password, hash string) bool
}

// crypted is a scheme whose hash begins with its settings: hashing again with them gives the same.
func crypted(name, looks string, saltSize int, make func(password, salt string) string, again func(password, hash string) string) scheme {
	return scheme{
		name: name, looks: lazyregexp.New(looks),
		hash: func(password string) (string, error) {
			salt, err := crypt.Salt(saltSize)
			return make(password, salt), err
		},
		verify: func(password, hash string) bool { return equal(again(password, hash), hash) },
	}
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// salted is the salt of "$ID$SALT$HASH".
func salted(hash string) string { return strings.Split(hash, "$")[2] }

// rounds takes "$ID$rounds=N$SALT$HASH" apart.
func rounds(hash string) (salt string, n int) {
	parts := strings.Split(hash, "$")
	if text, ok := strings.CutPrefix(parts[2], "rounds="); ok {
		n, _ = strconv.Atoi(text) // the expression has digits there
		return parts[3], n
	}
	return parts[2], 5000
}

// sha1Of gives "{SHA}" or "{SSHA}" and the base64 of the sum and the salt.
func sha1Of(tag, password, salt string) string {
	sum := sha1.Sum([]byte(password + salt)) //nolint:gosec // the format's
	return tag + base64.StdEncoding.EncodeToString(append(sum[:], salt...))
}

const md5Looks = `\$[./0-9A-Za-z]{0,8}\$[./0-9A-Za-z]{22}$`

// schemes are those that web servers read.
var schemes = map[string]scheme{
	"apr_md5_crypt": crypted("apr_md5_crypt", `^\$apr1`+md5Looks, 8, crypt.APR1, func(p, h string) string { return crypt.APR1(p, salted(h)) }),
	"md5_crypt":     crypted("md5_crypt", `^\$1`+md5Looks, 8, crypt.MD5, func(p, h string) string { return crypt.MD5(p, salted(h)) }),
	"des_crypt":     crypted("des_crypt", `^[./0-9A-Za-z]{13}$`, 2, crypt.DES, func(p, h string) string { return crypt.DES(p, h[:2]) }),
	"sha256_crypt": crypted("sha256_crypt", `^\$5\$(rounds=\d{1,9}\$)?[./0-9A-Za-z]{0,16}\$[./0-9A-Za-z]{43}$`, 16,
		func(p, salt string) string { return crypt.SHA256(p, salt, 535000) },
		func(p, h string) string { salt, n := rounds(h); return crypt.SHA256(p, salt, n) }),
	"sha512_crypt": crypted("sha512_crypt", `^\$6\$(rounds=\d{1,9}\$)?[./0-9A-Za-z]{0,16}\$[./0-9A-Za-z]{86}$`, 16,
		func(p, salt string) string { return crypt.SHA512(p, salt, 656000) },
		func(p, h string) string { salt, n := rounds(h); return crypt.SHA512(p, salt, n) }),
	"bcrypt": crypted("bcrypt", `^\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./0-9A-Za-z]{53}$`, 22,
		func(p, salt string) string { return crypt.Bcrypt(p, salt, "2b", 12) },
		func(p, h string) string {
			n, _ := strconv.Atoi(h[4:6])
			return crypt.Bcrypt(p, h[7:29], h[1:3], n)
		}),
	"ldap_sha1": {
		name: "ldap_sha1", looks: lazyregexp.New(`^\{SHA\}[+/0-9A-Za-z]{27}=$`),
		hash:   func(p string) (string, error) { return sha1Of("{SHA}", p, ""), nil },
		verify: func(p, h string) bool { return equal(sha1Of("{SHA}", p, ""), h) },
	},
	"ldap_salted_sha1": {
		name: "ldap_salted_sha1", looks: lazyregexp.New(`^\{SSHA\}[+/0-9A-Za-z]{32,50}=*$`),
		hash: func(p string) (string, error) {
			salt := make([]byte, 4)
			_, err := rand.Read(salt)
			return sha1Of("{SSHA}", p, string(salt)), err
		},
		verify: func(p, h string) bool {
			raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h, "{SSHA}"))
			return err == nil && len(raw) >= sha1.Size && equal(sha1Of("{SSHA}", p, string(raw[sha1.Size:])), h)
		},
	},
	"plaintext": {
		name: "plaintext", looks: lazyregexp.New(`(?s).*`),
		hash:   func(p string) (string, error) { return p, nil },
		verify: equal,
	},
}

// webSchemes are those that a hash is looked at for when one of apacheSchemes is wanted; else it is that one and apacheSchemes.
var (
	webSchemes    = []string{"bcrypt", "sha256_crypt", "sha512_crypt", "des_crypt", "apr_md5_crypt", "ldap_sha1", "plaintext"}
	apacheSchemes = []string{"apr_md5_crypt", "des_crypt", "ldap_sha1", "plaintext"}
)

// otherSchemes are passlib's that no web server reads.
var otherSchemes = []string{
	"argon2", "atlassian_pbkdf2_sha1", "bcrypt_sha256", "bigcrypt", "bsdi_crypt", "cisco_asa", "cisco_pix", "cisco_type7", "crypt16",
	"cta_pbkdf2_sha1", "django_", "dlitz_pbkdf2_sha1", "fshp", "grub_pbkdf2_sha512", "hex_", "htdigest", "ldap_", "lmhash", "msdcc", "mssql",
	"mysql", "nthash", "oracle1", "pbkdf2_", "phpass", "postgres_md5", "roundup_plaintext", "scram", "scrypt", "sha1_crypt", "sun_md5_crypt", "unix_",
}

// schemeOf finds a scheme by passlib's name.
func schemeOf(name string) (scheme, error) {
	if s, ok := schemes[name]; ok {
		return s, nil
	}
	for _, o := range otherSchemes {
		if strings.HasPrefix(name, o) {
			return scheme{}, fmt.Errorf("the hash_scheme %s is not supported: no web server reads it", name)
		}
	}
	return scheme{}, fmt.Errorf(`"no crypt handler found for algorithm: '%s'"`, name)
}

// verify reports whether a hash of a file is one of the password, under the first scheme that it looks like.
func verify(wanted scheme, password, hash string) bool {
	names := webSchemes
	if !slices.Contains(apacheSchemes, wanted.name) {
		names = append([]string{wanted.name}, apacheSchemes...)
	}
	for _, n := range names {
		if s := schemes[n]; s.looks().MatchString(hash) {
			return s.verify(password, hash)
		}
	}
	return false
}
