package secret_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

const canary = "p@ss/w:o$r#d'é%"

// outputs are the ways in which a secret may come out; without the redactor each shows it, which the test checks first.
func outputs(s string) map[string]string {
	j, _ := json.Marshal(map[string]string{"k": s})
	return map[string]string{
		"plain":           "value is " + s + ".",
		"json":            string(j),
		"json ascii":      `{"k": "p@ss/w:o$r#d'\u00e9%"}`,
		"base64":          base64.StdEncoding.EncodeToString([]byte(s)),
		"base64 within 1": base64.StdEncoding.EncodeToString([]byte("u" + s + "tail")),
		"base64 within 2": base64.StdEncoding.EncodeToString([]byte("us" + s + "tail")),
		"base64 within 3": base64.StdEncoding.EncodeToString([]byte("use" + s + "tail")),
		"base64 url":      base64.URLEncoding.EncodeToString([]byte("use" + s + "tail")),
		"query":           "https://x/?p=" + url.QueryEscape(s),
		"path":            "https://x/" + url.PathEscape(s),
		"jinja urlencode": strings.ReplaceAll(url.QueryEscape(s), "%2F", "/"),
		"lower percent":   strings.ToLower(url.QueryEscape(s)),
		"python repr":     `'p@ss/w:o$r#d\'é%'`,
		"shell":           `'p@ss/w:o$r#d'"'"'é%'`,
		"html":            `p@ss/w:o$r#d&#39;é%`,
	}
}

// pieces are parts of the canary's forms that must never remain.
var pieces = []string{"ss/w:o", "r#d", "c3Mvdzo", "ss%2Fw", "ss%2fw", "ss/w%3A"}

func leaks(s string) bool {
	for _, p := range pieces {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func TestRedactMasksEveryForm(t *testing.T) {
	r := secret.NewRedactor()
	r.Add("password", canary)
	for name, out := range outputs(canary) {
		t.Run(name, func(t *testing.T) {
			if !strings.HasPrefix(name, "base64") && !leaks(out) {
				t.Fatalf("the check does not see the canary in %q", out)
			}
			got := r.Redact(out)
			if leaks(got) || !strings.Contains(got, secret.Mask) {
				t.Errorf("Redact(%q) = %q", out, got)
			}
		})
	}
}

func TestWriterMasksAcrossWrites(t *testing.T) {
	r := secret.NewRedactor()
	r.Add("password", canary)
	r.Add("other", "d'é%and more of it")
	text := "a " + canary + " b " + canary + "and more of it c\n"
	for size := 1; size < len(text); size++ {
		var b strings.Builder
		w := r.Writer(&b)
		for i := 0; i < len(text); i += size {
			if _, err := w.Write([]byte(text[i:min(i+size, len(text))])); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if want := "a ******** b ******** c\n"; b.String() != want {
			t.Fatalf("in pieces of %d: %q, want %q", size, b.String(), want)
		}
	}
}

func TestWriterLetsLinesThrough(t *testing.T) {
	r := secret.NewRedactor()
	r.Add("password", canary)
	var b strings.Builder
	w := r.Writer(&b)
	fmt.Fprintln(w, "TASK [x] ***")
	if got := b.String(); got != "TASK [x] ***\n" {
		t.Errorf("after the write: %q", got)
	}
}

func TestMultiLineSecretIsMaskedByLine(t *testing.T) {
	r := secret.NewRedactor()
	r.Add("key", "first line of it\nsecond line of it\n")
	got := r.Redact("+first line of it\n+second line of it\n")
	if want := "+********\n+********\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestShortAndPublicAreNotMaskedByText(t *testing.T) {
	r := secret.NewRedactor()
	r.Exempt("webserver")
	r.Add("pin", "1234567")
	r.Add("user", "webserver")
	if got, want := r.Redact("1234567 webserver"), "1234567 webserver"; got != want {
		t.Errorf("got %q", got)
	}
	if got, want := fmt.Sprint(r.Unmasked()), "[pin user]"; got != want {
		t.Errorf("Unmasked() = %s, want %s", got, want)
	}
}

func TestDisable(t *testing.T) {
	r := secret.NewRedactor()
	r.Add("password", canary)
	r.Disable()
	if got := r.Redact(canary); got != canary {
		t.Errorf("got %q", got)
	}
}

func TestStringNeverPrints(t *testing.T) {
	s := secret.New(canary)
	j, _ := json.Marshal(struct{ S secret.String }{s})
	for _, out := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s), string(j)} {
		if leaks(out) || strings.Contains(out, fmt.Sprintf("%x", canary)[:8]) {
			t.Errorf("printed %q", out)
		}
	}
	if s.Reveal() != canary {
		t.Error("Reveal lost the text")
	}
}

func FuzzWriter(f *testing.F) {
	f.Add("xx secret12 yy secret12345", 3)
	f.Fuzz(func(t *testing.T, text string, size int) {
		r := secret.NewRedactor()
		r.Add("a", "secret12")
		r.Add("b", "ret12345")
		size = max(1, size%16)
		var b strings.Builder
		w := r.Writer(&b)
		for i := 0; i < len(text); i += size {
			_, _ = w.Write([]byte(text[i:min(i+size, len(text))]))
		}
		_ = w.Close()
		if b.String() != r.Redact(text) {
			t.Errorf("in pieces of %d: %q, whole %q", size, b.String(), r.Redact(text))
		}
	})
}
