package system

import "testing"

func TestFnmatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true},
		{"*", "a/b", true},
		{"/dev/*", "/dev/mapper/x", true},
		{"[!/]*", "host:/x", true},
		{"[!/]*", "/dev/x", false},
		{"ext?", "ext4", true},
		{"ext?", "ext", false},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[]]", "]", true},
		{"[!]]", "]", false},
		{"[ab", "[ab", true},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "axxbyy", false},
		{"fuse.*", "fuse", false},
		{"ä?", "äö", true},
		{"[", "[", true},
		{"[!", "[!", true},
		{"a**", "a", true},
		{"[a-]", "-", true},
	} {
		if got := fnmatch(c.pattern, c.name); got != c.want {
			t.Errorf("fnmatch(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}
