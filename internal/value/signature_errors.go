package value

import (
	"fmt"
	"strings"
)

// refusedByC is the error of arguments that a function in C refuses before it looks at any.
func (s *Signature) refusedByC(args []Value, kwargs *Dict) error {
	named := 0
	if kwargs != nil {
		named = kwargs.Len()
	}
	switch {
	case s.words == ofC && named > 0:
		return typeErrorf("%s() takes no keyword arguments", s.name)
	case s.words == ofC && len(args) != len(s.params) && len(s.params) == 1:
		return typeErrorf("%s() takes exactly one argument (%d given)", s.name, len(args))
	case s.words == ofC && len(args) != len(s.params):
		return typeErrorf("%s expected %d arguments, got %d", s.name[strings.LastIndexByte(s.name, '.')+1:], len(s.params), len(args))
	case s.words == ofCNamed && len(args)+named > len(s.params) && !s.varargs:
		return typeErrorf("%s() takes at most %d argument%s (%d given)", s.name, len(s.params), ending(len(s.params)), len(args)+named)
	case s.words == ofCNamed:
		return s.missingByC(len(args), kwargs)
	}
	return nil
}

func (s *Signature) missingByC(given int, kwargs *Dict) error {
	for i := given; i < s.required; i++ {
		if kwargs != nil {
			if _, ok, _ := kwargs.GetStr(s.params[i].name); ok {
				continue
			}
		}
		return typeErrorf("%s() missing required argument '%s' (pos %d)", s.name, s.params[i].name, i+1)
	}
	return nil
}

// Unexpected is the TypeError of a keyword argument that no parameter has, with the one that may be meant.
func (s *Signature) Unexpected(name string) error {
	var names []string
	for _, p := range s.params[s.posOnly:] {
		names = append(names, p.name)
	}
	hint := ""
	if near := nearestName(name, names); near != "" {
		hint = ". Did you mean '" + near + "'?"
	}
	return typeErrorf("%s() got an unexpected keyword argument '%s'%s", s.name, name, hint)
}

func (s *Signature) tooMany(given int, bound []Value) error {
	byName := 0
	for _, v := range bound[s.keywords:] {
		if v != nil {
			byName++
		}
	}
	given, most, least := given+s.hidden, s.keywords+s.hidden, s.required+s.hidden
	takes := fmt.Sprintf("%d positional argument%s", most, ending(most))
	if most != least {
		takes = fmt.Sprintf("from %d to %d positional arguments", least, most)
	}
	were := "were"
	switch {
	case byName > 0:
		were = fmt.Sprintf("positional argument%s (and %d keyword-only argument%s) were", ending(given), byName, ending(byName))
	case given == 1:
		were = "was"
	}
	return typeErrorf("%s() takes %s but %d %s given", s.name, takes, given, were)
}

// missing is the error of parameters that got nothing: the positional ones are told first.
func (s *Signature) missing(bound []Value, names []string) error {
	kind := "keyword-only"
	for i := range s.params[:s.keywords] {
		if bound[i] == nil {
			kind = "positional"
		}
	}
	if kind == "positional" { // those by keyword alone come later
		names = names[:0:0]
		for i, p := range s.params[:s.keywords] {
			if bound[i] == nil {
				names = append(names, "'"+p.name+"'")
			}
		}
	}
	return typeErrorf("%s() missing %d required %s argument%s: %s", s.name, len(names), kind, ending(len(names)), enumerate(names))
}

// ending gives the s of a plural.
func ending(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// enumerate gives "a", "a and b", "a, b, and c".
func enumerate(names []string) string {
	switch n := len(names); n {
	case 1:
		return names[0]
	case 2:
		return names[0] + " and " + names[1]
	default:
		return strings.Join(names[:n-1], ", ") + ", and " + names[n-1]
	}
}

// The costs of what makes one name of another: letters of other case are half as far apart as other letters.
const (
	moveCost = 2
	caseCost = 1
)

// nearestName gives the name that wrong may stand for, or "": the first of the nearest ones, when no more than a third of the letters of
// both differ. It proposes what CPython 3.13 proposes.
func nearestName(wrong string, names []string) string {
	const longest = 40
	if len(wrong) > longest {
		return ""
	}
	best, nearest := "", -1
	for _, n := range names {
		if n == wrong || len(n) > longest {
			continue
		}
		most := (len(wrong) + len(n) + 3) * moveCost / 6
		if nearest >= 0 {
			most = min(most, nearest-1)
		}
		if d := distance(wrong, n); d <= most {
			best, nearest = n, d
		}
	}
	return best
}

// distance is the cost of making b of a: letters that are put in, left out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j * moveCost
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = (i + 1) * moveCost
		for j := range len(b) {
			change := moveCost
			switch {
			case a[i] == b[j]:
				change = 0
			case a[i]|0x20 == b[j]|0x20 && 'a' <= a[i]|0x20 && a[i]|0x20 <= 'z':
				change = caseCost
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+change, row[j]+moveCost, row[j+1]+moveCost)
		}
	}
	return row[len(b)]
}
