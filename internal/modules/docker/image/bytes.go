package image

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// bytesOf reads a size: a number with a unit of 1024, as 64M or 1.5 GB.
//
// Source: Ansible's documentation of the filter human_to_bytes.
func bytesOf(s string) (int64, error) {
	s = strings.TrimSpace(s)
	n := len(s)
	for n > 0 && (s[n-1] < '0' || s[n-1] > '9') {
		n--
	}
	f, err := strconv.ParseFloat(s[:n], 64)
	if err != nil {
		return 0, errors.New("it is no number with a unit")
	}
	unit := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(s[n:])), "B"), "I")
	i := strings.Index("KMGTPEZY", unit)
	if len(unit) > 1 || i < 0 {
		return 0, errors.New("it has a unit that is none")
	}
	if unit == "" {
		return int64(math.Round(f)), nil
	}
	return int64(math.Round(f * math.Pow(1024, float64(i+1)))), nil
}
