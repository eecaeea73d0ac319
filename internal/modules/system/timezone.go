package system

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.general.timezone", Redirects: []string{"ansible.builtin.timezone"}, Check: module.Full, Diff: module.Full, Run: runTimezone,
	Args: module.Args{
		{Name: "hwclock", Aliases: []string{"rtc"}, Choices: []string{"local", "UTC"}, Help: "What the clock of the hardware keeps."},
		{Name: "name", Help: "The zone: \"Europe/Berlin\"."},
	},
	Rules: module.Rules{RequiredOneOf: [][]string{{"hwclock", "name"}}},
	Doc: module.Doc{
		Short:    "The time zone of a machine, and what its hardware clock keeps.",
		Notes:    []string{"By timedatectl where systemd runs, by the files of Debian or Red Hat and hwclock elsewhere."},
		Examples: "- community.general.timezone:\n    name: Europe/Berlin\n",
	},
})

// zoning is a way to keep the time zone. now gives what is set, "n/a" for what is not known; planned is what is wanted.
type zoning interface {
	now(ctx context.Context, key, planned string) (string, error)
	set(ctx context.Context, key, to string) (messages []string, err error)
}

func runTimezone(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	r, err := setZone(ctx, sys, p)
	return programs.Answer(r, err)
}

func setZone(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	var r module.Result
	if name := p.Str("name"); p.Has("name") {
		if info, err := sys.Stat(path.Join("/usr/share/zoneinfo", name)); err != nil || !info.IsRegular() {
			return r, programs.Fail("Error message:\ngiven timezone \"%s\" is not available", name)
		}
	}
	z, err := zoningOf(ctx, sys)
	if err != nil {
		return r, err
	}
	before, after := value.NewDict(), value.NewDict()
	var changes []string
	for _, key := range []string{"hwclock", "name"} {
		if !p.Has(key) {
			continue
		}
		is, err := z.now(ctx, key, p.Str(key))
		if err != nil {
			return r, err
		}
		before.SetStr(key, value.NewStr(is))
		after.SetStr(key, p.Value(key))
		if is != p.Str(key) {
			changes = append(changes, key)
		}
	}
	r.Diff, r.Changed = module.Diff{Before: before, After: after}.Value(), len(changes) > 0
	if !r.Changed || p.Check {
		return r, nil
	}
	var messages []string
	for _, key := range changes {
		told, err := z.set(ctx, key, p.Str(key))
		if err != nil {
			return r, err
		}
		messages = append(messages, told...)
	}
	r.Msg, r.HasMsg = strings.Join(messages, "\n"), true
	return r, verifyZone(ctx, z, p, after, r.Msg)
}

// verifyZone asks again whether everything is as it is wanted.
func verifyZone(ctx context.Context, z zoning, p *module.Params, planned *value.Dict, done string) error {
	is, same := value.NewDict(), true
	for _, key := range []string{"hwclock", "name"} {
		if !p.Has(key) {
			continue
		}
		now, err := z.now(ctx, key, p.Str(key))
		if err != nil {
			return err
		}
		is.SetStr(key, value.NewStr(now))
		same = same && now == p.Str(key)
	}
	if same {
		return nil
	}
	want, _ := value.Repr(planned)
	have, _ := value.Repr(is)
	return programs.Fail("Error message:\nstill not desired state, though changes have made - planned: %s, after: %s\nOther message(s):\n%s", want, have, done)
}

func zoningOf(ctx context.Context, sys target.System) (zoning, error) {
	if file, err := programs.Find(sys, "timedatectl"); err == nil {
		if out, err := programs.Call(ctx, sys, "timedatectl"); err == nil && out.RC == 0 {
			return byTimedatectl{sys, file}, nil
		}
	}
	hwclock, err := programs.Find(sys, "hwclock")
	if err != nil {
		return nil, err
	}
	f := byZoneFile{sys: sys, hwclock: hwclock, name: "/etc/timezone", clock: "/etc/default/rcS", nameRE: regexp.MustCompile(`(?m)^[ \t]*([^#\s].*?)[ \t]*$`), nameText: "%s"}
	_, noDebian := sys.Stat("/etc/debian_version")
	_, noFile := sys.Stat("/etc/timezone")
	if noDebian != nil && noFile != nil {
		f.name, f.clock = "/etc/sysconfig/clock", "/etc/sysconfig/clock"
		f.nameRE, f.nameText = regexp.MustCompile(`(?m)^ZONE\s*=\s*"?([^"\s]+)"?`), "ZONE=\"%s\""
	}
	return f, nil
}

// byTimedatectl asks systemd-timedated.
type byTimedatectl struct {
	sys  target.System
	file string
}

var _ zoning = byTimedatectl{}

var timedatectlLines = map[string]func() *regexp.Regexp{
	"hwclock": lazyregexp.New(`(?m)^\s*RTC in local TZ\s*:\s*([^\s]+)`),
	"name":    lazyregexp.New(`(?m)^\s*Time ?zone\s*:\s*([^\s]+)`),
}

func (b byTimedatectl) now(ctx context.Context, key, _ string) (string, error) {
	out, err := programs.Run(ctx, b.sys, target.Command{Argv: []string{"timedatectl", "status"}, Env: programs.C})
	if err != nil {
		return "", err
	}
	m := timedatectlLines[key]().FindStringSubmatch(out.Stdout)
	switch {
	case m == nil:
		return "n/a", nil
	case key == "hwclock" && m[1] == "yes":
		return "local", nil
	case key == "hwclock":
		return "UTC", nil
	}
	return m[1], nil
}

func (b byTimedatectl) set(ctx context.Context, key, to string) ([]string, error) {
	args := []string{"set-timezone", to}
	if key == "hwclock" {
		args = []string{"set-local-rtc", map[bool]string{true: "yes", false: "no"}[to == "local"]}
	}
	return executeZone(ctx, b.sys, append([]string{b.file}, args...))
}

func executeZone(ctx context.Context, sys target.System, argv []string) ([]string, error) {
	out, err := programs.Call(ctx, sys, argv...)
	if err == nil && out.RC != 0 {
		err = programs.Fail("Error message:\n%s\nOther message(s):\nexecuted `%s`", out.Stderr, strings.Join(argv, " "))
	}
	return []string{"executed `" + strings.Join(argv, " ") + "`"}, err
}

// byZoneFile keeps the zone in files.
type byZoneFile struct {
	sys                   target.System
	hwclock               string
	name, clock, nameText string
	nameRE                *regexp.Regexp
}

var _ zoning = byZoneFile{}

var clockRE = lazyregexp.New(`(?m)^UTC\s*=\s*"?([^"\s]+)"?`)

func (b byZoneFile) now(_ context.Context, key, planned string) (string, error) {
	if key == "name" {
		is := b.found(b.name, b.nameRE)
		to, err := b.sys.Readlink("/etc/localtime")
		if is == planned && (err != nil || !strings.HasSuffix(to, "/"+planned)) {
			return "n/a", nil // the file says so, but the clock goes by another zone
		}
		return is, nil
	}
	is := map[string]string{"yes": "UTC", "true": "UTC", "no": "local", "false": "local"}[strings.ToLower(b.found(b.clock, clockRE()))]
	if is == "" {
		return "n/a", nil
	}
	if is != planned {
		return is, nil
	}
	text, err := target.ReadFile(b.sys, "/etc/adjtime") // what hwclock has last done decides
	if err == nil && strings.Contains(string(text), "LOCAL") {
		return "local", nil
	}
	return "UTC", nil
}

func (b byZoneFile) found(file string, re *regexp.Regexp) string {
	text, err := target.ReadFile(b.sys, file)
	if err != nil {
		return "n/a"
	}
	if m := re.FindStringSubmatch(string(text)); m != nil {
		return m[1]
	}
	return "n/a"
}

func (b byZoneFile) set(ctx context.Context, key, to string) ([]string, error) {
	if key == "name" {
		told, err := b.edit(b.name, b.nameRE, fmt.Sprintf(b.nameText, to))
		if err == nil {
			err = b.link(to)
		}
		return []string{told}, err
	}
	word, option := "yes", "--utc"
	if to == "local" {
		word, option = "no", "--localtime"
	}
	told, err := b.edit(b.clock, clockRE(), "UTC="+word)
	if err != nil {
		return nil, err
	}
	ran, err := executeZone(ctx, b.sys, []string{b.hwclock, "--systohc", option})
	return append([]string{told}, ran...), err
}

// edit puts a line into a file in the place of those that match, the first or last of the file.
func (b byZoneFile) edit(file string, re *regexp.Regexp, line string) (string, error) {
	text, err := target.ReadFile(b.sys, file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", programs.Fail("Error message:\n%s", fileattr.PyError(err, file))
	}
	var out []string
	at, deleted := -1, 0
	for l := range strings.Lines(string(text)) {
		if !re.MatchString(l) {
			out = append(out, l)
			continue
		}
		if at < 0 {
			at = len(out)
		}
		deleted++
	}
	if at < 0 {
		at = len(out)
	}
	out = append(out[:at:at], append([]string{line + "\n"}, out[at:]...)...)
	return fmt.Sprintf("Added 1 line and deleted %d line(s) on %s", deleted, file), programs.ReplaceFile(b.sys, file, strings.Join(out, ""))
}

// link has the clock go by a zone, in one step.
func (b byZoneFile) link(zone string) error {
	const localtime = "/etc/localtime"
	tmp := localtime + ".ansible_tmp"
	_ = b.sys.Remove(tmp) // of a run that was killed
	err := b.sys.Symlink("/usr/share/zoneinfo/"+zone, tmp)
	if err == nil {
		err = b.sys.Rename(tmp, localtime)
	}
	if err != nil {
		_ = b.sys.Remove(tmp)
		return programs.Fail("Error message:\n%s", fileattr.PyError(err, localtime))
	}
	return nil
}
