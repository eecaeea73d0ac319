package fileattr_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestParseMode: cases beyond the recorded ones; the recorded ones are in internal/modules/files.
func TestParseMode(t *testing.T) {
	const file, dir = 0o100000, 0o040000
	for _, c := range []struct {
		mode any
		have uint32
		want uint32
		bad  bool
	}{
		{"0644", file | 0o777, 0o644, false},
		{0o644, file, 0o644, false},
		{"u=rwX,g-w", file | 0o664, 0o644, false},
		{"u=rwX,g-w", file | 0o775, 0o755, false},
		{"u=rwX,go=rX", dir | 0o700, 0o755, false},
		{"+x", file | 0o644, 0o755, false},
		{"+w", file | 0o444, 0o644, false}, // the umask takes group and others
		{"a+w", file | 0o444, 0o666, false},
		{"u+s,g+s,o+t", file | 0o755, 0o7755, false},
		{"ug=rw,o=", file | 0o777, 0o660, false},
		{"g=u,o=g", file | 0o740, 0o777, false},
		{"u=g", file | 0o047, 0o447, false},
		{"u=rw+x", file, 0o700, false},
		{"u=rz", file, 0, true},
		{"rw", file, 0, true},
		{"u=rw;g=r", file, 0, true},
		{"8", file, 0, true},
	} {
		got, err := fileattr.ParseMode(v(c.mode), target.Info{Mode: c.have}, 0o022)
		if (err != nil) != c.bad || err == nil && got != c.want {
			t.Errorf("%v on %o: got %o, %v; want %o", c.mode, c.have, got, err, c.want)
		}
	}
}

func v(x any) value.Value {
	if n, ok := x.(int); ok {
		return value.NewInt(int64(n))
	}
	return value.NewStr(x.(string))
}

// FuzzParseMode: no text panics, and what comes out are permission bits.
func FuzzParseMode(f *testing.F) {
	for _, s := range []string{"0644", "u=rwX,g-w", "a+s,-t", "=", ",", "u=g,o=u", "+", "0o7777777777777777777777"} {
		f.Add(s, uint32(0o100644), uint32(0o022))
	}
	f.Fuzz(func(t *testing.T, s string, have, umask uint32) {
		if got, err := fileattr.ParseMode(value.NewStr(s), target.Info{Mode: have}, umask); err == nil && got > 0o7777 {
			t.Errorf("%q gives %o", s, got)
		}
	})
}
