package version

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The form and the order of PEP 440 ("Version Identification and Dependency Specification"), appendix B.
var pepForm = lazyregexp.New(`(?i)^\s*v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)` +
	`(?:[-_.]?(?P<pre>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?P<prenum>[0-9]+)?)?` +
	`(?P<post>-(?P<postnum1>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<postnum2>[0-9]+)?)?` +
	`(?P<dev>[-_.]?dev[-_.]?(?P<devnum>[0-9]+)?)?(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$`)

var preNames = map[string]string{"alpha": "a", "a": "a", "beta": "b", "b": "b", "c": "rc", "rc": "rc", "pre": "rc", "preview": "rc"}

// rank is a value that orders before (-1), among (0) or after (1) the others of its place.
func rank(where int64, v ...value.Value) value.Value {
	return value.NewTuple(append([]value.Value{value.NewInt(where)}, v...)...)
}

func parsePEP440(text string) (value.Value, error) {
	m := pepForm().FindStringSubmatch(text)
	if m == nil {
		return nil, value.Raise("ValueError", "Invalid version: '%s'", text)
	}
	g := func(name string) string { return strings.ToLower(m[pepForm().SubexpIndex(name)]) }
	parts := strings.Split(g("release"), ".")
	for len(parts) > 1 && strings.Trim(parts[len(parts)-1], "0") == "" {
		parts = parts[:len(parts)-1]
	}
	release := value.NewList()
	for _, p := range parts {
		release.Append(number(p))
	}
	pre := rank(1)
	switch {
	case g("pre") != "":
		pre = rank(0, value.NewStr(preNames[g("pre")]), number(g("prenum")))
	case g("post") == "" && g("dev") != "":
		pre = rank(-1) // a development release comes before all pre-releases
	}
	post := rank(-1)
	if g("post") != "" {
		post = rank(0, number(g("postnum1")+g("postnum2")))
	}
	dev := rank(1)
	if g("dev") != "" {
		dev = rank(0, number(g("devnum")))
	}
	local := rank(-1)
	if l := g("local"); l != "" {
		segments := value.NewList()
		for _, s := range strings.FieldsFunc(l, func(r rune) bool { return r == '.' || r == '-' || r == '_' }) {
			if strings.Trim(s, "0123456789") == "" {
				segments.Append(value.NewTuple(number(s), value.NewStr("")))
			} else {
				segments.Append(value.NewTuple(value.NewInt(-1), value.NewStr(s)))
			}
		}
		local = rank(0, segments)
	}
	return value.NewTuple(number(g("epoch")), release, pre, post, dev, local), nil
}
