package packaging

import (
	"reflect"
	"testing"
)

func TestZypperTags(t *testing.T) {
	const answer = `<?xml version='1.0'?>
<!DOCTYPE x>
<stream>
<message type="error">Repository &apos;a&amp;b&apos; &#228;&#xe4; &odd;.</message>
<repo-list><repo alias="b" name='it &quot;is&quot; &lt;b&gt;' enabled="1"/>
<repo alias="v"><url>dir:/srv</url></repo>
</repo-list><broken attr="`
	var got [][]string
	for _, tag := range zypperTags(answer) {
		name := tag.name
		if tag.end {
			name = "/" + name
		}
		got = append(got, []string{name, tag.attrs["type"] + tag.attrs["alias"] + tag.attrs["name"], tag.text})
	}
	want := [][]string{
		{"stream", "", "\n"},
		{"message", "error", "Repository 'a&b' ää &odd;."},
		{"/message", "", "\n"},
		{"repo-list", "", ""},
		{"repo", `bit "is" <b>`, "\n"},
		{"repo", "v", ""},
		{"url", "", "dir:/srv"},
		{"/url", "", ""},
		{"/repo", "", "\n"},
		{"/repo-list", "", ""},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func FuzzZypperTags(f *testing.F) {
	f.Add("<a b='c'>&#x;</a><")
	f.Fuzz(func(_ *testing.T, s string) {
		readZypper(s)
		readZypperRepos(s)
	})
}
