package system

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.pam_limits", Redirects: []string{"ansible.builtin.pam_limits"}, Check: module.Full, Diff: module.Full, Run: runPamLimits,
	Args: module.Args{
		{Name: "domain", Required: true, Help: "Whom the limit is for: a user, @group, * or another word of limits.conf."},
		{Name: "limit_type", Required: true, Choices: []string{"soft", "hard", "-"}, Help: "The kind of limit; - is both."},
		{Name: "limit_item", Required: true, Choices: []string{
			"core", "data", "fsize", "memlock", "nofile", "rss", "stack", "cpu", "nproc", "as", "maxlogins", "maxsyslogins", "priority",
			"locks", "sigpending", "msgqueue", "nice", "rtprio", "chroot",
		}, Help: "What is limited."},
		{Name: "value", Required: true, Help: "The limit: a number, unlimited, infinity or -1."},
		{Name: "use_max", Type: module.Bool, Default: false, Help: "Keep the old limit where it is higher."},
		{Name: "use_min", Type: module.Bool, Default: false, Help: "Keep the old limit where it is lower."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of the file."},
		{Name: "dest", Default: "/etc/security/limits.conf", Help: "The file."},
		{Name: "comment", Default: "", Help: "A text behind the limit."},
	},
	Doc: module.Doc{
		Short:    "Limits of what users may use, in limits.conf.",
		Examples: "- community.general.pam_limits:\n    domain: www-data\n    limit_type: \"-\"\n    limit_item: nofile\n    value: \"65536\"\n",
		Returns:  []module.Return{{Name: "msg", Type: "str", When: "success", Help: "The line."}, {Name: "backup_file", Type: "str", When: "a copy was kept", Help: "Its path."}},
	},
})

var unlimited = []string{"unlimited", "infinity", "-1"}

func runPamLimits(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	if p.Bool("use_max") && p.Bool("use_min") {
		return module.Fail("Cannot use use_min and use_max at the same time."), nil
	}
	if problem := limitProblem(p.Str("limit_item"), p.Str("value")); problem != "" {
		return module.Fail("%s", problem), nil
	}
	r, err := setLimit(sys, p)
	return programs.Answer(r, err)
}

// limitProblem says what is wrong with a limit.
func limitProblem(item, v string) string {
	problem := " Value of '" + v + "' for item '" + item + "' is invalid. Value must "
	const more = " Refer to the limits.conf(5) manual pages for more details."
	n, err := strconv.Atoi(v)
	if item == "nice" || item == "priority" {
		if err != nil || n < -20 || n > 19 {
			return problem + "be a number in the range -20 to 19 inclusive." + more
		}
		return ""
	}
	if !slices.Contains(unlimited, v) && (err != nil || n < 0) {
		return problem + "either be 'unlimited', 'infinity' or -1, all of which indicate no limit, or a limit of 0 or larger." + more
	}
	return ""
}

func setLimit(sys target.System, p *module.Params) (module.Result, error) {
	file := p.Str("dest")
	_, err := sys.Stat(file)
	exists := err == nil
	switch dir := path.Dir(file); {
	case exists && !sys.Access(file, 2):
		return module.Result{}, programs.Fail("%s is not writable. Use sudo", file)
	case !exists && !sys.Access(dir, 2):
		return module.Result{}, programs.Fail("directory %s is not writable (check presence, access rights, use sudo)", dir)
	}
	var lines []string
	if exists {
		if lines, err = programs.ReadLines(sys, file); err != nil {
			return module.Result{}, err
		}
	}
	before := strings.Join(lines, "")
	changed, msg, after := editLimits(lines, p)
	r := module.Result{Changed: changed, Msg: msg, HasMsg: true, Diff: module.Diff{Before: before, After: after}.Value()}
	if !changed || p.Check {
		return r, nil
	}
	if p.Bool("backup") {
		copied, err := fileattr.Backup(sys, file)
		if err != nil {
			return r, programs.Fail("%s", fileattr.PyError(err, file))
		}
		if copied != "" {
			r.Set("backup_file", copied)
		}
	}
	return r, programs.ReplaceFile(sys, file, after)
}

var limitBlanks = lazyregexp.New(`\s+`)

// editLimits gives the lines with the limit in them. As Ansible's module writes it, it gets the first comment that a
// line up to there has, with the end of that line.
func editLimits(lines []string, p *module.Params) (changed bool, msg, text string) {
	var out []string
	comment, found := "", false
	line := func(v string) string {
		s := strings.Join([]string{p.Str("domain"), p.Str("limit_type"), p.Str("limit_item"), v}, "\t")
		switch own := p.Str("comment"); {
		case own != "":
			s += "\t#" + own
		case comment != "":
			s += "\t#" + comment
		}
		return s + "\n"
	}
	for _, l := range lines {
		plain := strings.TrimSpace(limitBlanks().ReplaceAllString(l, " "))
		if found || plain == "" || strings.HasPrefix(plain, "#") {
			out = append(out, l)
			continue
		}
		if _, c, ok := strings.Cut(l, "#"); ok {
			if comment == "" {
				comment = c
			}
			plain, _, _ = strings.Cut(plain, "#")
		}
		f := strings.Fields(plain)
		if len(f) != 4 || f[0] != p.Str("domain") || f[1] != p.Str("limit_type") || f[2] != p.Str("limit_item") {
			out = append(out, l)
			continue
		}
		found = true
		v := newLimit(f[3], p)
		if v == f[3] {
			msg = l
		} else {
			changed, msg, l = true, line(v), line(v)
		}
		out = append(out, l)
	}
	if !found {
		changed, msg = true, line(p.Str("value"))
		out = append(out, msg)
	}
	return changed, msg, strings.Join(out, "")
}

// newLimit is the limit that takes the place of one.
func newLimit(is string, p *module.Params) string {
	want := p.Str("value")
	a, errA := strconv.ParseUint(want, 10, 63)
	b, errB := strconv.ParseUint(is, 10, 63)
	numbers := errA == nil && errB == nil
	switch {
	case p.Bool("use_max") && numbers:
		return strconv.FormatUint(max(a, b), 10)
	case p.Bool("use_max") && slices.Contains(unlimited, is):
		return is
	case p.Bool("use_min") && numbers:
		return strconv.FormatUint(min(a, b), 10)
	case p.Bool("use_min") && slices.Contains(unlimited, want):
		return is
	}
	return want
}
