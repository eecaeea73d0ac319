package inventory

import (
	"fmt"
	"strconv"
	"strings"
)

// maxRange bounds the hosts that one range may stand for.
const maxRange = 1_000_000

const asciiLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// expandRange gives the names that a host pattern with ranges stands for: www[01:20:2] counts with leading zeros and a
// step, db-[a:f] goes through the letters, both ends belong to it (Ansible documentation, "Adding ranges of hosts").
// Errors are in Ansible's words.
func expandRange(pattern string) ([]string, error) {
	var names []string
	err := expandInto(&names, pattern)
	return names, err
}

func expandInto(names *[]string, pattern string) error {
	open := strings.IndexByte(pattern, '[')
	if open < 0 {
		if *names = append(*names, pattern); len(*names) > maxRange {
			return fmt.Errorf("host range stands for more than %d hosts", maxRange)
		}
		return nil
	}
	shut := strings.IndexByte(pattern, ']')
	if shut < 0 {
		return fmt.Errorf("not enough values to unpack (expected 3, got 2)")
	}
	if shut < open {
		return fmt.Errorf("host range must be begin:end or begin:end:step")
	}
	seq, err := rangeSequence(strings.Split(pattern[open+1:shut], ":"))
	if err != nil {
		return err
	}
	for _, s := range seq {
		if err := expandInto(names, pattern[:open]+s+pattern[shut+1:]); err != nil {
			return err
		}
	}
	return nil
}

func rangeSequence(bounds []string) ([]string, error) {
	if len(bounds) != 2 && len(bounds) != 3 {
		return nil, fmt.Errorf("host range must be begin:end or begin:end:step")
	}
	begin, end, step := bounds[0], bounds[1], "1"
	if len(bounds) == 3 {
		step = bounds[2]
	}
	if begin == "" {
		begin = "0"
	}
	if end == "" {
		return nil, fmt.Errorf("host range must specify end value")
	}
	width := 0
	if begin[0] == '0' && len(begin) > 1 {
		if width = len(begin); width != len(end) {
			return nil, fmt.Errorf("host range must specify equal-length begin and end formats")
		}
	}
	by, err := pyInt(step)
	if err != nil {
		return nil, err
	}
	var seq []string
	if from, to := strings.Index(asciiLetters, begin), strings.Index(asciiLetters, end); from >= 0 && to >= 0 {
		if from > to {
			return nil, fmt.Errorf("host range must have begin <= end")
		}
		if by == 0 {
			return nil, fmt.Errorf("slice step cannot be zero")
		}
		for i := from; i <= to && by > 0; i += by {
			seq = append(seq, asciiLetters[i:i+1])
		}
		return seq, nil
	}
	from, err := pyInt(begin)
	if err != nil {
		return nil, err
	}
	to, err := pyInt(end)
	if err != nil {
		return nil, err
	}
	if by == 0 {
		return nil, fmt.Errorf("range() arg 3 must not be zero")
	}
	if by > 0 && (to-from)/by > maxRange || by < 0 && (from-to)/-by > maxRange {
		return nil, fmt.Errorf("host range stands for more than %d hosts", maxRange)
	}
	for i := from; by > 0 && i <= to || by < 0 && i > to+1; i += by {
		seq = append(seq, fmt.Sprintf("%0*d", width, i))
	}
	return seq, nil
}

// pyInt is Python's int(s) with its error.
func pyInt(s string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n > 1<<40 || n < -1<<40 {
		return 0, fmt.Errorf("invalid literal for int() with base 10: '%s'", s)
	}
	return n, nil
}
