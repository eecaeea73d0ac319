package term

import (
	"fmt"
	"strconv"
	"strings"
)

// colours are the names that ansible.cfg's section [colors] takes, with their ANSI codes (SGR).
var colours = map[string]string{
	"normal": "0", "black": "0;30", "bright gray": "0;37", "blue": "0;34", "white": "1;37", "green": "0;32",
	"bright blue": "1;34", "cyan": "0;36", "bright green": "1;32", "red": "0;31", "bright cyan": "1;36",
	"purple": "0;35", "bright red": "1;31", "yellow": "0;33", "bright purple": "1;35", "dark gray": "1;30",
	"bright yellow": "1;33", "magenta": "0;35", "bright magenta": "1;35",
}

// Code returns the ANSI code (SGR) of one of Ansible's colour names, or of "color0" to "color255", "rgbRGB" with digits
// 0 to 5, "gray0" to "gray23"; "" when there is no such colour. The source is Ansible's "Configuration Settings" page.
func Code(name string) string {
	if c, ok := colours[name]; ok {
		return c
	}
	number := func(prefix string) (int, bool) {
		rest, ok := strings.CutPrefix(name, prefix)
		n, err := strconv.Atoi(rest)
		return n, ok && err == nil && n >= 0
	}
	if n, ok := number("color"); ok && n < 256 {
		return fmt.Sprintf("38;5;%d", n)
	}
	if n, ok := number("gray"); ok && n < 24 {
		return fmt.Sprintf("38;5;%d", 232+n)
	}
	if d, ok := strings.CutPrefix(name, "rgb"); ok && len(d) == 3 && strings.Trim(d, "012345") == "" {
		return fmt.Sprintf("38;5;%d", 16+36*int(d[0]-'0')+6*int(d[1]-'0')+int(d[2]-'0'))
	}
	return ""
}

// Paint puts text into a colour, each line for itself, as ansible-core does it. An unknown colour changes nothing.
func Paint(text, name string) string {
	code := Code(name)
	if code == "" {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = "\x1b[" + code + "m" + l + "\x1b[0m"
	}
	return strings.Join(lines, "\n")
}
