package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	kimaiansible "github.com/seed-6d8ad27c/kimai-ansible"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh/sshtest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

var update = flag.Bool("update", false, "rewrite what the scripts compare with")

// TestMain makes the test binary each of the programs: a script's `kimai-ansible …` and `ansible-vault …` call it by
// that name, and main decides by the name, as for a link.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "__remote-shell" { // rsync has started this file in place of ssh
		main()
	}
	testscript.Main(m, map[string]func(){
		"kimai-ansible": main, "ansible": main, "ansible-vault": main, "ansible-playbook": main, "ansible-inventory": main, "ansible-doc": main, "kimai-agent": main,
	})
}

// TestScript runs testdata/script/*.txtar: a behaviour of a command each, the command's name first.
//
// A script starts in an empty folder with the files that it brings. HOME is $WORK/home, the umask is 022, and no variable of
// Ansible's is set. Beside the verbs of testscript there are (see verbs): exitcode, mode, kit, chown, need, sshd, and the condition [root].
func TestScript(t *testing.T) {
	syscall.Umask(0o022)
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		WorkdirRoot:   needs.Folder(t),
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Values["t"] = env.T()
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("LC_ALL", "C.UTF-8")
			env.Setenv("TERM", "dumb")
			return os.Mkdir(home, 0o700)
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("no condition %q", name)
		},
		Cmds: verbs,
	})
}

// verbs are what scripts of ours can say beyond testscript's own. Since they call t of the running script, all are functions
// of the script alone.
var verbs = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exitcode": exitcode,
	"mode":     mode,
	"kit":      kit,
	"chown":    chown,
	"need":     need,
	"sshd":     sshd,
}

// exitcode CODE PROGRAM [ARGUMENT...]: the program ends with exactly this exit code. Its output can be looked at as after exec.
func exitcode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", code, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// [!] mode MODE PATH...: files and folders have this mode, in octal.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: [!] mode MODE PATH...")
	}
	want, err := strconv.ParseUint(args[0], 8, 12)
	ts.Check(err)
	for _, name := range args[1:] {
		info, err := os.Lstat(ts.MkAbs(name))
		ts.Check(err)
		st := info.Sys().(*syscall.Stat_t)
		if got := uint64(st.Mode & 0o7777); (got == want) == neg {
			ts.Fatalf("%s has mode %04o, want %s", name, got, strings.Repeat("not ", btoi(neg))+args[0])
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// kit FOLDER: the kit of this repository is copied there.
func kit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: kit FOLDER")
	}
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), kimaiansible.Kit))
}

// chown UID PATH: the file belongs to this user from now on. It needs root: guard it with [root].
func chown(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: chown UID PATH")
	}
	uid, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.Lchown(ts.MkAbs(args[1]), uid, -1))
}

// need PROGRAM WHY: the script ends here, as skipped, where the machine has no such program; in CI it fails.
func need(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: need PROGRAM WHY")
	}
	if _, err := exec.LookPath(args[0]); err == nil {
		return
	}
	lacking := "no " + args[0] + ": " + strings.Join(args[1:], " ")
	if needs.CI() {
		ts.Fatalf("%s (CI=true: nothing may be left out)", lacking)
	}
	ts.Value("t").(testscript.T).Skip("skipped, " + lacking)
}

// sshd [accounts] [LINE...]: a real sshd runs until the script ends, with these lines in its sshd_config. SSH_PORT, SSH_USER,
// SSH_KEY, SSH_KNOWN_HOSTS, SSH_DIR and SSH_HOME tell what sshtest.Server tells; with accounts, they are its own, and alice may do all with sudo and her password.
func sshd(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: sshd [accounts [setup FILE]] [LINE...]")
	}
	o := sshtest.Options{Accounts: len(args) > 0 && args[0] == "accounts"}
	if o.Accounts {
		args = args[1:]
	}
	if o.Accounts && len(args) > 1 && args[0] == "setup" {
		o.Setup, args = strings.TrimSpace(ts.ReadFile(args[1])), args[2:]
	}
	o.Etc = map[string]string{"sudoers": "alice ALL=(ALL) ALL\n"}
	o.Config = strings.Join(args, "\n") + "\n"
	s := sshtest.Start(scriptTest{ts}, o)
	sshtest.WriteKey(scriptTest{ts}, s.Dir+"/other", "") // one that opens nothing
	for name, text := range map[string]string{
		"PORT": strconv.Itoa(s.Port), "USER": s.User, "KEY": s.Key, "KNOWN_HOSTS": s.KnownHosts, "DIR": s.Dir, "HOME": s.Home,
	} {
		ts.Setenv("SSH_"+name, text)
	}
}

// scriptTest is a script as sshtest sees it.
type scriptTest struct{ ts *testscript.TestScript }

func (scriptTest) Helper()                             {}
func (s scriptTest) Fatal(args ...any)                 { s.ts.Fatalf("%s", fmt.Sprint(args...)) }
func (s scriptTest) Fatalf(format string, args ...any) { s.ts.Fatalf(format, args...) }
func (s scriptTest) Cleanup(f func())                  { s.ts.Defer(f) }
func (s scriptTest) Skipf(format string, args ...any) {
	s.ts.Value("t").(testscript.T).Skip(fmt.Sprintf(format, args...))
}
