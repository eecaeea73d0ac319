// Package strength estimates how hard a password is to guess, by the model of zxcvbn: a guesser tries words of dictionaries (common
// passwords, English, names), also with capitals, digits for letters and backwards, then rows of the keyboard, sequences, repetitions and
// years, and at last all characters; a password is as strong as the cheapest way to put it together.
//
// The dictionaries are those of the library github.com/ccojocar/zxcvbn-go. Its matcher is not linked: it unpacks them when a
// program starts, 66 ms that every command would pay. A test holds the estimates against its own.
//
// Source: Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security 2016.
package strength

import (
	"encoding/json"
	"math"
	"strings"
	"sync"
	"unicode"

	"github.com/ccojocar/zxcvbn-go/data"
)

// longest is how many characters are looked at: more make no password weaker, and the work grows with their square.
const longest = 128

// Bits estimates the strength of a password: the binary logarithm of the guesses that it takes.
func Bits(password string) float64 {
	p := []rune(password)
	if len(p) > longest {
		p = p[:longest]
	}
	if len(p) == 0 {
		return 0
	}
	e := &estimate{text: p, lower: []rune(strings.ToLower(string(p)))}
	if len(e.lower) != len(p) {
		e.lower = p // a letter whose small form has another length
	}
	e.dictionary()
	e.runs()
	e.years()
	return e.cheapest()
}

// A part is a piece of a password that a guesser has at once.
type part struct {
	start int
	bits  float64
}

type estimate struct {
	text, lower []rune
	ends        map[int][]part // by the index behind their last character
}

func (e *estimate) add(start, end int, bits float64) {
	if e.ends == nil {
		e.ends = map[int][]part{}
	}
	e.ends[end] = append(e.ends[end], part{start, max(bits, 0)})
}

// cheapest puts the parts together, and tries single characters between them.
func (e *estimate) cheapest() float64 {
	char := math.Log2(cardinality(e.text))
	best := make([]float64, len(e.text)+1)
	for i := 1; i <= len(e.text); i++ {
		best[i] = best[i-1] + char
		for _, p := range e.ends[i] {
			best[i] = min(best[i], best[p.start]+p.bits)
		}
	}
	return best[len(e.text)]
}

// cardinality is how many characters a guesser has to think of.
func cardinality(text []rune) float64 {
	sizes := map[string]float64{}
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			sizes["digits"] = 10
		case 'a' <= r && r <= 'z':
			sizes["lower"] = 26
		case 'A' <= r && r <= 'Z':
			sizes["upper"] = 26
		case r < 128:
			sizes["symbols"] = 33
		default:
			sizes["others"] = 100
		}
	}
	sum := 0.0
	for _, n := range sizes {
		sum += n
	}
	return sum
}

// ranks gives the place of each word in its dictionary, from 1; the better one of a word in several.
var ranks = sync.OnceValue(func() map[string]int {
	out := map[string]int{}
	for _, name := range []string{"Passwords", "English", "MaleNames", "FemaleNames", "Surnames"} {
		text, err := data.Asset("data/" + name + ".json")
		var d struct{ List []string }
		if err == nil {
			err = json.Unmarshal(text, &d)
		}
		if err != nil {
			panic("strength: the dictionary " + name + ": " + err.Error())
		}
		for i, word := range d.List {
			word = strings.ToLower(word)
			if old, ok := out[word]; !ok || i+1 < old {
				out[word] = i + 1
			}
		}
	}
	return out
})

// leet are the characters that stand for letters.
var leet = map[rune]string{
	'4': "a", '@': "a", '8': "b", '(': "c", '{': "c", '[': "c", '<': "c", '3': "e", '6': "g", '9': "g", '1': "il", '!': "i", '|': "il", '7': "lt", '0': "o", '$': "s", '5': "s",
	'+': "t", '%': "x", '2': "z",
}

func (e *estimate) dictionary() {
	dictionary := ranks()
	for _, variant := range unleet(e.lower) {
		for i := range variant {
			for j := i + 1; j <= len(variant); j++ {
				word := variant[i:j]
				rank, ok := dictionary[string(word)]
				reversed := 0.0
				if !ok && j-i > 2 {
					rank, ok = dictionary[backwards(word)]
					reversed = 1
				}
				if !ok {
					continue
				}
				changed := 0
				for k := i; k < j; k++ {
					if variant[k] != e.lower[k] {
						changed++
					}
				}
				if changed == j-i {
					continue // digits alone are no word in disguise
				}
				e.add(i, j, math.Log2(float64(rank))+reversed+capitals(e.text[i:j])+float64(min(changed, 2)))
			}
		}
	}
}

// unleet gives the text itself, and with letters in place of digits and signs: once with the first letter that each may be, once with
// the last.
func unleet(text []rune) [][]rune {
	out := [][]rune{text}
	for _, last := range []bool{false, true} {
		v := make([]rune, len(text))
		for i, r := range text {
			v[i] = r
			if to := leet[r]; to != "" {
				v[i] = rune(to[0])
				if last {
					v[i] = rune(to[len(to)-1])
				}
			}
		}
		out = append(out, v)
	}
	return out
}

func backwards(word []rune) string {
	out := make([]rune, len(word))
	for i, r := range word {
		out[len(word)-1-i] = r
	}
	return string(out)
}

// capitals is what capital letters add: a bit where they are expected, else as many as there are ways to place them.
func capitals(word []rune) float64 {
	upper, lower := 0, 0
	for _, r := range word {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	switch {
	case upper == 0:
		return 0
	case lower == 0, upper == 1 && (unicode.IsUpper(word[0]) || unicode.IsUpper(word[len(word)-1])):
		return 1
	}
	ways := 0.0
	for i := 1; i <= min(upper, lower); i++ {
		ways += binomial(upper+lower, i)
	}
	return math.Log2(max(ways, 2))
}

func binomial(n, k int) float64 {
	out := 1.0
	for i := 1; i <= k; i++ {
		out = out * float64(n-k+i) / float64(i)
	}
	return out
}

// rows are what fingers run along.
var rows = []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "1234567890", "qazwsxedcrfv", "1qaz2wsx3edc", "789456123"}

// runs finds repetitions, sequences of the alphabet, and rows of the keyboard.
func (e *estimate) runs() {
	t := e.lower
	for i := range t {
		for _, step := range []rune{0, 1, -1} {
			j := i + 1
			for j < len(t) && t[j] == t[j-1]+step && (step == 0 || alnum(t[j]) && alnum(t[j-1])) {
				j++
			}
			for end := i + 3; end <= j; end++ {
				e.add(i, end, math.Log2(cardinality(t[i:i+1]))+math.Log2(float64(end-i))+capitals(e.text[i:end]))
			}
		}
		for end := i + 4; end <= len(t) && end <= i+12; end++ {
			piece := string(t[i:end])
			for _, row := range rows {
				if strings.Contains(row, piece) || strings.Contains(row, backwards(t[i:end])) {
					e.add(i, end, math.Log2(47)+1+math.Log2(float64(end-i))+capitals(e.text[i:end]))
					break
				}
			}
		}
		for size := 2; i+2*size <= len(t); size++ { // the same piece again and again
			n := 1
			for i+(n+1)*size <= len(t) && string(t[i:i+size]) == string(t[i+n*size:i+(n+1)*size]) {
				n++
			}
			if n > 1 {
				if !same(t[i : i+size]) { // else it was found above
					e.add(i, i+n*size, Bits(string(e.text[i:i+size]))+math.Log2(float64(n)))
				}
				break // a longer piece would be one of several of these
			}
		}
	}
}

func same(text []rune) bool {
	for _, r := range text {
		if r != text[0] {
			return false
		}
	}
	return true
}

func alnum(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' }

// years finds 1900 to 2049, and days of them.
func (e *estimate) years() {
	for i := 0; i+4 <= len(e.text); i++ {
		if y := string(e.text[i : i+4]); (strings.HasPrefix(y, "19") || strings.HasPrefix(y, "20") && y[2] < '5') && digits(e.text[i:i+4]) {
			e.add(i, i+4, math.Log2(150))
		}
		for _, n := range []int{6, 8} {
			if i+n <= len(e.text) && digits(e.text[i:i+n]) {
				e.add(i, i+n, math.Log2(150*366))
			}
		}
	}
}

func digits(text []rune) bool {
	for _, r := range text {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
