package crypto

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzParse: no file that claims to be a key, a request or a certificate panics, nor does what is told of it.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/keys/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		if k, err := parseKey(b, "", "Ed25519"); err == nil {
			keyInfo(k.key)
		}
		if r, err := parseRequest(b); err == nil {
			requestInfoDict(r)
			sameExtensions(r.extensions, r.extensions)
		}
		if c, err := parseCertificate(b); err == nil {
			certificateInfo(c, time.Now())
		}
	})
}

// FuzzGeneralName: a name that is read is written so that it is read to the same bytes again.
func FuzzGeneralName(f *testing.F) {
	for _, s := range []string{"DNS:a.b", "IP:::1", "IP:10.0.0.0/8", "RID:1.2.3", "dirName:CN=a,O=b", "dirName:/CN=x", "otherName:1.2.3;UTF8:é", "email:", "URI:"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, network bool) {
		v, err := parseGeneralName(s, "name", network)
		if err != nil {
			return
		}
		text := formatGeneralName(v, network)
		again, err := parseGeneralName(text, "name", network)
		if err != nil || string(again.Bytes) != string(v.Bytes) || again.Tag != v.Tag {
			t.Errorf("%q is written as %q, which gives %x, not %x (%v)", s, text, again.Bytes, v.Bytes, err)
		}
	})
}

// TestTimes: relative and absolute points in time.
func TestTimes(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	for in, want := range map[string]string{
		"+0s": "20260102030405Z", "+1w2d3h4m5s": "20260111060810Z", "-1D": "20260101030405Z", "+": "20260102030405Z",
		"20300101000000Z": "20300101000000Z", "203001010000Z": "20300101000000Z", "20300101020000+0200": "20300101000000Z",
		"": "", "1d": "", "+1": "", "+d": "", "+1x": "", "+99999999999999999999d": "", "+9999999w": "", "20301301000000Z": "",
	} {
		got, err := parseTime(in, "x", now)
		if (err != nil) != (want == "") || err == nil && asn1Time(got) != want {
			t.Errorf("%q: %v, %v; want %s", in, got, err, want)
		}
	}
}
