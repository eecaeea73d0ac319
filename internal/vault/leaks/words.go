package leaks

// words finds which rules' keywords occur in a text, in one pass.
type words struct {
	// start has a bit for the hash of the first three bytes of each word of three bytes or more.
	start  [1 << 10]uint64
	byHead map[[3]byte][]word
	short  []word // of less than three bytes
	always []int  // rules without a keyword
}

type word struct {
	text  string
	rules []int
}

func newWords() *words { return &words{byHead: map[[3]byte][]word{}} }

func hash3(a, b, c byte) uint32 {
	return (uint32(a)<<11 ^ uint32(b)<<5 ^ uint32(c)) & (1<<16 - 1)
}

// add makes rule one of those that a lower case text stands for.
func (w *words) add(text string, rule int) {
	list := &w.short
	if len(text) >= 3 {
		h := hash3(text[0], text[1], text[2])
		w.start[h>>6] |= 1 << (h & 63)
		head := [3]byte{text[0], text[1], text[2]}
		found := w.byHead[head]
		defer func() { w.byHead[head] = found }()
		list = &found
	}
	for i := range *list {
		if (*list)[i].text == text {
			(*list)[i].rules = append((*list)[i].rules, rule)
			return
		}
	}
	*list = append(*list, word{text, []int{rule}})
}

// in marks the rules whose keywords occur in a lower case text.
func (w *words) in(text string, mark []bool) {
	for _, r := range w.always {
		mark[r] = true
	}
	for i := 0; i+3 <= len(text); i++ {
		h := hash3(text[i], text[i+1], text[i+2])
		if w.start[h>>6]&(1<<(h&63)) != 0 {
			w.at(text[i:], w.byHead[[3]byte{text[i], text[i+1], text[i+2]}], mark)
		}
	}
	for i := range len(text) {
		w.at(text[i:], w.short, mark)
	}
}

func (w *words) at(text string, list []word, mark []bool) {
	for _, word := range list {
		if len(word.text) <= len(text) && text[:len(word.text)] == word.text && !mark[word.rules[0]] {
			for _, r := range word.rules {
				mark[r] = true
			}
		}
	}
}
