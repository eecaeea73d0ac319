package become_test

import (
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/become"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

func flags(s string) *string { return &s }

// TestCommand compares with the command lines that ansible-core 2.19 was seen to run.
func TestCommand(t *testing.T) {
	const cmd = `/bin/sh -c 'echo x'`
	with := func(o become.Options) become.Options {
		o.Password, o.HasPassword = secret.New("pw"), true
		return o
	}
	for _, c := range []struct {
		name   string
		method string
		o      become.Options
		want   string
		tty    bool
	}{
		{"sudo", "sudo", become.Options{}, "sudo -H -S -n -u root " + cmd, false},
		{"full name", "ansible.builtin.sudo", become.Options{User: "daemon"}, "sudo -H -S -n -u daemon " + cmd, false},
		{"flags", "sudo", become.Options{User: "daemon", Flags: flags("-H -E")}, "sudo -H -E -u daemon " + cmd, false},
		{"password", "sudo", with(become.Options{User: "d"}), `sudo -H -S -p "[sudo via ansible, key=KEY] password:" -u d ` + cmd, false},
		{"joined flags", "sudo", with(become.Options{Flags: flags("-HSn")}), `sudo -HS -p "[sudo via ansible, key=KEY] password:" -u root ` + cmd, false},
		{"password without -S", "sudo", with(become.Options{Flags: flags("-H")}), `sudo -H -p "[sudo via ansible, key=KEY] password:" -u root ` + cmd, true},
		{"exe", "sudo", become.Options{Exe: "/opt/sudo"}, "/opt/sudo -H -S -n -u root " + cmd, false},
		{"folder", "sudo", become.Options{Dir: "/a b"}, "cd '/a b' && sudo -H -S -n -u root " + cmd, false},
		{"odd user", "sudo", become.Options{User: "a; b"}, "sudo -H -S -n -u 'a; b' " + cmd, false},
		{"su", "su", become.Options{User: "daemon"}, `su daemon -c '/bin/sh -c '"'"'echo x'"'"''`, false},
		{"su flags", "su", become.Options{User: "daemon", Flags: flags("-l")}, `su -l daemon -c '/bin/sh -c '"'"'echo x'"'"''`, false},
		{"doas", "doas", become.Options{User: "daemon"}, "doas -n -u daemon " + cmd, false},
		{"doas with a password", "community.general.doas", with(become.Options{}), "doas -u root " + cmd, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := become.Set.Find(c.method).Plan(c.o, "KEY", cmd)
			if p.Command != c.want || p.Terminal != c.tty {
				t.Errorf("got  %s, terminal %v\nwant %s, terminal %v", p.Command, p.Terminal, c.want, c.tty)
			}
			if strings.Contains(p.Command, "pw") {
				t.Error("the password is in the command line")
			}
		})
	}
	if become.Set.Find("zork") != nil {
		t.Error("zork was found")
	}
}

func TestAsks(t *testing.T) {
	sudo := become.Sudo.Plan(become.Options{HasPassword: true}, "KEY", "x").Asks
	su := become.Su.Plan(become.Options{}, "", "x").Asks
	own := become.Su.Plan(become.Options{Prompts: []string{"Zauberwort"}}, "", "x").Asks
	for _, c := range []struct {
		name string
		asks func(string) bool
		out  string
		want bool
	}{
		{"sudo", sudo, "lecture\n[sudo via ansible, key=KEY] password:", true},
		{"sudo, blank", sudo, "[sudo via ansible, key=KEY] password: ", true},
		{"sudo of another key", sudo, "[sudo via ansible, key=ZORK] password:", false},
		{"a banner is no sudo", sudo, "Password:", false},
		{"su", su, "Password: ", true},
		{"su of a BSD", su, "root's password:", true},
		{"German", su, "banner\nPasswort: ", true},
		{"Japanese, wide colon", su, "パスワード：", true},
		{"Russian", su, "Пароль: ", true},
		{"capital Turkish", su, "Parola: ", true},
		{"not at the end", su, "Password: \nwrong", false},
		{"no colon", su, "your password", false},
		{"nothing", su, "", false},
		{"own word", own, "Zauberwort: ", true},
		{"not the own word", own, "Password: ", false},
	} {
		if got := c.asks(c.out); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestRefusal(t *testing.T) {
	for _, c := range []struct{ method, out, want string }{
		{"sudo", "[sudo via ansible, key=x] password:Sorry, try again.\n", "Incorrect sudo password"},
		{"sudo", "sudo: a password is required\n", "Missing sudo password"},
		{"sudo", "sudo: unknown user zork\n", ""},
		{"su", "Password: \nsu: Authentication failure\n", "Incorrect su password"},
		{"doas", "doas: Authentication failed\n", "Incorrect doas password"},
		{"doas", "doas: Authorization required\n", "Missing doas password"},
	} {
		got := ""
		if err := become.Set.Find(c.method).Refusal(c.out); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s, %q: got %q, want %q", c.method, c.out, got, c.want)
		}
	}
	if !become.Sudo.WantsTerminal("sudo: sorry, you must have a tty to run sudo") {
		t.Error("requiretty was not seen")
	}
}
