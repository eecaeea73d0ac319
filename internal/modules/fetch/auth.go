package fetch

import (
	"crypto/md5" //nolint:gosec // RFC 7616 has it
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // as Python
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

func basicAuth(user, pass string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+pass))
}

// challenge reads a WWW-Authenticate field: its scheme in lower case, and its parameters.
func challenge(text string) (scheme string, params map[string]string) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	params = map[string]string{}
	for rest != "" {
		rest = strings.TrimLeft(rest, " ,\t")
		k, after, ok := strings.Cut(rest, "=")
		if !ok {
			break
		}
		var v string
		if strings.HasPrefix(after, `"`) {
			end := 1
			for end < len(after) && after[end] != '"' {
				if after[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end, len(after))
			v = strings.ReplaceAll(after[1:end], `\`, "")
			rest = strings.TrimPrefix(after[end:], `"`)
		} else {
			v, rest, _ = strings.Cut(after, ",")
			v = strings.TrimSpace(v)
		}
		params[strings.ToLower(strings.TrimSpace(k))] = v
	}
	return strings.ToLower(scheme), params
}

// digestAuth answers a challenge of digest authentication; ok is false when it asks for what is not known here.
//
// Source: RFC 7616.
func digestAuth(p map[string]string, user, pass, method, uri string) (field string, ok bool) {
	hashes := map[string]func() hash.Hash{"": md5.New, "MD5": md5.New, "SHA": sha1.New, "SHA-256": sha256.New}
	h := hashes[strings.ToUpper(p["algorithm"])]
	if h == nil {
		return "", false
	}
	sum := func(parts ...string) string {
		d := h()
		d.Write([]byte(strings.Join(parts, ":")))
		return fmt.Sprintf("%x", d.Sum(nil))
	}
	ha1, ha2 := sum(user, p["realm"], pass), sum(method, uri)
	quoted := func(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }
	out := fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s"`, quoted(user), quoted(p["realm"]), quoted(p["nonce"]), uri)
	switch qop := p["qop"]; {
	case qop == "":
		out += fmt.Sprintf(`, response="%s"`, sum(ha1, p["nonce"], ha2))
	case hasWord(qop, "auth"):
		cnonce := strings.ToLower(rand.Text())[:16]
		out += fmt.Sprintf(`, response="%s"`, sum(ha1, p["nonce"], "00000001", cnonce, "auth", ha2))
		out += fmt.Sprintf(`, qop=auth, nc=00000001, cnonce="%s"`, cnonce)
	default:
		return "", false
	}
	if v, has := p["opaque"]; has {
		out += fmt.Sprintf(`, opaque="%s"`, quoted(v))
	}
	if v, has := p["algorithm"]; has {
		out += ", algorithm=" + v
	}
	return out, true
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(w) == word {
			return true
		}
	}
	return false
}

// netrc looks for a host in the file .netrc of the user's home.
//
// Source: ftp(1), "THE .netrc FILE".
func netrc(sys target.System, host string) (user, pass string, ok bool) {
	home := sys.Getenv("HOME")
	if home == "" {
		u, _, _ := sys.UserByID(sys.Getuid())
		home = u.Home
	}
	b, err := target.ReadFile(sys, path.Join(home, ".netrc"))
	if err != nil {
		return "", "", false
	}
	var words []string
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			words = append(words, strings.Fields(line)...)
		}
	}
	in, found := false, false
	for i := 0; i < len(words); i++ {
		value := func() string {
			if i++; i < len(words) {
				return words[i]
			}
			return ""
		}
		switch words[i] {
		case "machine":
			if found {
				return user, pass, true
			}
			in = value() == host
			found = in
		case "default":
			if found {
				return user, pass, true
			}
			in, found = true, true
		case "login", "user":
			if v := value(); in {
				user = v
			}
		case "password":
			if v := value(); in {
				pass = v
			}
		case "account":
			value()
		}
	}
	return user, pass, found
}
