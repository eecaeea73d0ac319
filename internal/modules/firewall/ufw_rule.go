package firewall

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// ufwVersion is what ufw --version begins with.
var ufwVersion = lazyregexp.New(`^ufw.*?(\d+)\.(\d+)`)

// rule adds or removes a rule. In check mode ufw tells what its files would become.
func (u *ufw) rule(ctx context.Context, _ string) error {
	version, err := u.call(ctx, "--version")
	if err != nil {
		return err
	}
	place, err := u.place(ctx)
	if err != nil {
		return err
	}
	var words []string
	add := func(name, before, after string) {
		if s := u.p.Str(name); s != "" {
			words = append(words, strings.TrimSpace(before+" "+s+after))
		}
	}
	if u.p.Check {
		words = append(words, "--dry-run")
	}
	if u.p.Bool("route") {
		words = append(words, "route")
	}
	if u.p.Bool("delete") {
		words = append(words, "delete")
	}
	if place >= 0 {
		words = append(words, "insert "+strconv.FormatInt(place, 10))
	}
	add("rule", "", "")
	add("direction", "", "")
	add("interface", "on", "")
	add("interface_in", "in on", "")
	add("interface_out", "out on", "")
	if u.p.Bool("log") {
		words = append(words, "log")
	}
	add("from_ip", "from", "")
	add("from_port", "port", "")
	add("to_ip", "to", "")
	add("to_port", "port", "")
	add("proto", "proto", "")
	for _, quoted := range []string{"name", "comment"} {
		s := u.p.Str(quoted)
		m := ufwVersion().FindStringSubmatch(version)
		if s == "" || quoted == "comment" && (m == nil || m[1] == "0" && atoi(m[2]) < 35) { // comments came with 0.35
			continue
		}
		words = append(words, map[string]string{"name": "app", "comment": "comment"}[quoted], "'"+s+"'")
	}
	dry, err := u.call(ctx, words...)
	if err == nil && u.p.Check {
		u.changed = u.changed || u.dryChanges(dry)
	}
	return err
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // digits alone
	return n
}

// dryChanges compares the rules that a dry run tells, of each family of addresses that it tells of, with those of now.
func (u *ufw) dryChanges(dry string) bool {
	for table := range strings.SplitSeq(dry, "*filter\n") {
		head, body, ok := strings.Cut(table, "### RULES ###\n")
		if !ok {
			continue
		}
		six := strings.Contains(head, ":ufw6-")
		var now []string
		for _, f := range ufwRules {
			if strings.HasSuffix(f, "6.rules") != six {
				continue
			}
			b, err := target.ReadFile(u.sys, f)
			if err != nil {
				continue // it is elsewhere
			}
			now = append(now, tuples(string(b))...)
		}
		if !slices.Equal(tuples(body), now) {
			return true
		}
	}
	return false
}

func tuples(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "### tuple") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

// place is the number at which the rule goes, less than 0 for the end.
func (u *ufw) place(ctx context.Context) (int64, error) {
	n := u.p.Int("insert")
	relative := u.p.Str("insert_relative_to")
	switch {
	case !u.p.Has("insert"):
		return -1, nil
	case relative == "zero":
		return n, nil
	}
	out, err := programs.Run(ctx, u.sys, target.Command{Argv: []string{u.file, "status", "numbered"}, Env: []string{"LANG=C", "LC_ALL=C"}})
	if err != nil {
		return 0, err
	}
	var all, four int64
	for line := range strings.Lines(out.Stdout) {
		if strings.HasPrefix(line, "[") {
			all++
			if !strings.Contains(line, "(v6)") {
				four++
			}
		}
	}
	switch relative {
	case "first-ipv4":
		n++
	case "last-ipv4":
		n += max(four, 1)
	case "first-ipv6":
		n += four + 1
	default:
		n += max(all, four+1)
	}
	if n > all {
		return -1, nil // ufw takes no number behind the last one
	}
	return n, nil
}
