package builtin

import (
	"html"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = global("lipsum", "generate_lorem_ipsum(n=5, html=True, min=20, max=100)", lipsum)

var loremWords = sync.OnceValue(func() []string {
	return strings.Fields(`a ac accumsan ad adipiscing aenean aliquam aliquet amet ante aptent arcu at auctor augue
bibendum blandit class commodo condimentum congue consectetuer consequat conubia convallis cras cubilia cum curabitur
curae cursus dapibus diam dictum dictumst dignissim dis dolor donec dui duis egestas eget eleifend elementum elit enim
erat eros est et etiam eu euismod facilisi facilisis fames faucibus felis fermentum feugiat fringilla fusce gravida
habitant hac hendrerit iaculis id imperdiet in inceptos integer interdum ipsum justo lacinia lacus laoreet lectus leo
libero ligula litora lobortis lorem luctus maecenas magna magnis malesuada massa mattis mauris metus mi molestie mollis
montes morbi mus nam nascetur natoque nec neque netus nibh nisi nisl non nonummy nostra nulla nullam nunc odio orci
ornare parturient pede pellentesque penatibus per pharetra phasellus placerat platea porta porttitor posuere potenti
praesent pretium primis proin pulvinar purus quam quis quisque rhoncus ridiculus risus rutrum sagittis sapien
scelerisque sed sem semper senectus sit sociis sociosqu sodales sollicitudin suscipit suspendisse taciti tellus tempor
tempus tincidunt torquent tortor tristique turpis ullamcorper ultrices ultricies urna ut varius vehicula vel velit
venenatis vestibulum vitae vivamus viverra volutpat vulputate`)
})

// lipsum makes paragraphs of words that mean nothing.
func lipsum(c *eval.Call) (value.Value, error) {
	var n [4]int
	for _, i := range []int{0, 2, 3} {
		var err error
		if n[i], err = c.Int(i); err != nil {
			return nil, err
		}
		if n[i] > 10_000 {
			return nil, &eval.LimitError{Msg: "so much text is not made"}
		}
	}
	asHTML, err := c.Bool(1)
	if err != nil {
		return nil, err
	}
	if n[2] >= n[3] {
		return nil, value.Raise("ValueError", "empty range in randrange(%d, %d)", n[2], n[3])
	}
	paragraphs := make([]string, 0, max(0, n[0]))
	for range max(0, n[0]) {
		paragraphs = append(paragraphs, paragraph(n[2]+rand.IntN(n[3]-n[2])))
	}
	if !asHTML {
		return str(strings.Join(paragraphs, "\n\n")), nil
	}
	for i, p := range paragraphs {
		paragraphs[i] = "<p>" + html.EscapeString(p) + "</p>"
	}
	return eval.Markup{Text: value.NewStr(strings.Join(paragraphs, "\n"))}, nil
}

// paragraph makes sentences of words in all; a comma comes now and then, a full stop more seldom.
func paragraph(words int) string {
	var out []string
	vocabulary := loremWords()
	capital := true
	comma, stop, last := 0, 0, ""
	for i := range words {
		w := vocabulary[rand.IntN(len(vocabulary))]
		for w == last {
			w = vocabulary[rand.IntN(len(vocabulary))]
		}
		last = w
		if capital {
			w = strings.ToUpper(w[:1]) + w[1:]
			capital = false
		}
		if i-3-rand.IntN(5) > comma {
			comma = i
			stop += 2
			w += ","
		}
		if i-10-rand.IntN(10) > stop {
			comma, stop = i, i
			w = strings.TrimSuffix(w, ",") + "."
			capital = true
		}
		out = append(out, w)
	}
	return strings.TrimRight(strings.Join(out, " "), ",.") + "."
}
