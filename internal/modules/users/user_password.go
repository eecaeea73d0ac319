package users

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// shadowLine is the account's line of shadow(5); nil when it can't be read.
type shadowLine []string

func (a *account) shadow() shadowLine {
	text, err := target.ReadFile(a.sys, "/etc/shadow")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), ":"); f[0] == a.name && len(f) > 7 {
			return f
		}
	}
	return nil
}

func (s shadowLine) field(i int) string {
	if s == nil {
		return ""
	}
	return s[i]
}

// expiresOn reports whether the account ends on the day of t, in seconds since 1970; a negative t is never.
func (s shadowLine) expiresOn(t float64) bool {
	days, err := strconv.ParseInt(s.field(7), 10, 64)
	if err != nil {
		days = -1
	}
	if t < 0 {
		return days < 0
	}
	return days >= 0 && days == time.Unix(int64(t), 0).UTC().Unix()/86400
}

// password is the hash for useradd and usermod, locked if that is wanted.
func (a *account) password() string {
	if a.p.Bool("password_lock") {
		return "!" + a.p.Str("password")
	}
	return a.p.Str("password")
}

// modPassword are the arguments of usermod for the password.
func (a *account) modPassword(s shadowLine) []string {
	var argv []string
	if a.p.Has("password_expire_account_disable") && !a.p.Bool("local") {
		argv = append(argv, "-f", a.number("password_expire_account_disable"))
	}
	old := s.field(1)
	locked := strings.HasPrefix(old, "!")
	if a.p.Has("password_lock") && a.p.Str("password") == "" {
		if want := a.p.Bool("password_lock"); want && !locked {
			argv = append(argv, "-L")
		} else if !want && locked {
			argv = append(argv, "-U")
		}
	}
	if a.p.Has("password") && a.p.Str("update_password") == "always" {
		want := a.p.Str("password")
		if strings.TrimLeft(old, "!") != strings.TrimLeft(want, "!") || a.p.Bool("password_lock") && !locked {
			argv = append(argv, "-p", a.password())
		}
	}
	return argv
}

// expiry sets the password's days by chage(1), where they are other than wanted.
func (a *account) expiry(ctx context.Context) error {
	var argv []string
	s := a.shadow()
	for _, o := range []struct {
		name, option string
		field        int
	}{{"password_expire_min", "-m", 3}, {"password_expire_max", "-M", 4}, {"password_expire_warn", "-W", 5}} {
		if a.p.Has(o.name) && s.field(o.field) != a.number(o.name) {
			argv = append(argv, o.option, a.number(o.name))
		}
	}
	if argv == nil {
		return nil
	}
	a.changed = true
	if a.p.Check {
		return nil
	}
	out, err := programs.Call(ctx, a.sys, append(append([]string{"chage"}, argv...), a.name)...)
	if err != nil {
		return err
	}
	a.stdout, a.stderr = a.stdout+out.Stdout, a.stderr+out.Stderr
	if out.RC != 0 {
		return a.failed(out)
	}
	return nil
}

var (
	cryptChars  = lazyregexp.New(`[^a-zA-Z0-9./=]`)
	cryptLength = map[string]int{"1": 22, "5": 43, "6": 86}
)

// checkPassword warns of what does not look like a hash of crypt(5).
func (a *account) checkPassword() {
	pw := a.p.Str("password")
	if pw == "" || pw == "*" || pw == "!" || pw == "*************" {
		return
	}
	odd := strings.ContainsAny(pw, ":*!") || !strings.Contains(pw, "$")
	if !odd {
		f := strings.Split(pw, "$")
		odd = len(f) < 3 || len(f) >= 3 && cryptChars().MatchString(f[len(f)-1])
		if n := cryptLength[f[1]]; !odd && n > 0 {
			odd = len(f[len(f)-1]) != n
		}
	}
	if odd {
		a.p.Warn("The input password appears not to have been hashed. The 'password' argument must be encrypted for this module to work properly.")
	}
}
