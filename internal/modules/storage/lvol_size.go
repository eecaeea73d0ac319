package storage

import (
	"slices"
	"strconv"
	"strings"
)

// lvSize is the argument size of lvol.
type lvSize struct {
	sign    string  // + or - when it tells a difference
	number  float64 // in unit, or percent
	unit    string  // as the reports of LVM are asked for it; "" of a percentage
	percent bool
	whole   string // what a percentage is of: VG, PVS, FREE, ORIGIN
	text    string // for LVM's programs, without the sign
}

// option is the option of LVM's programs for it.
func (s lvSize) option() string {
	if s.percent {
		return "-l"
	}
	return "-L"
}

// parseLVSize reads a size; problem is what is wrong with it.
func parseLVSize(given string) (s lvSize, problem string) {
	rest := given
	if strings.HasPrefix(rest, "+") || strings.HasPrefix(rest, "-") {
		s.sign, rest = rest[:1], rest[1:]
	}
	if number, whole, ok := strings.Cut(rest, "%"); ok {
		n, err := strconv.Atoi(number)
		switch {
		case err != nil:
			return s, "Bad size specification of '" + given + "'"
		case n > 100:
			return s, "Size percentage cannot be larger than 100%"
		case !slices.Contains([]string{"VG", "PVS", "FREE", "ORIGIN"}, whole):
			return s, "Specify extents as a percentage of VG|PVS|FREE|ORIGIN"
		}
		s.number, s.percent, s.whole, s.text = float64(n), true, whole, rest
		return s, ""
	}
	number := rest
	s.unit = "m"
	if n := len(rest); n > 0 && strings.IndexByte("bskmgtpe", rest[n-1]|0x20) >= 0 {
		s.unit, number = strings.ToLower(rest[n-1:]), rest[:n-1]
	} else {
		rest += "m"
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || number == "" || number[0] < '0' || number[0] > '9' {
		return s, "Bad size specification of '" + number + "'"
	}
	s.number, s.text = n, rest
	return s, ""
}

// pyFloat writes a number as Python does.
func pyFloat(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
