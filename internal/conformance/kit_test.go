package conformance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// differences runs a recorded case with the native engine, called as ansible-playbook, and tells what is not as recorded.
func differences(t *testing.T, testcase string) []string {
	t.Helper()
	dir := kitDir(t, testcase)
	var got outcome
	for _, line := range commandLines(t, testcase, dir) {
		got = native(t, dir, line...)
	}
	want := recorded(t, testcase)
	got.stdout, got.stderr = normalise(dir, got.stdout), normalise(dir, got.stderr)
	// on purpose: a diff names the template, and no temporary file that is gone when somebody reads it
	got.stdout = strings.ReplaceAll(got.stdout, "+++ after: @DIR@/templates/", "+++ after: @TMP@/")
	left, wantLeft := readTree(t, dir), recordedTree(t, testcase)
	if filepath.Base(testcase) == "plain" && nginxIsThere() {
		// recorded on a machine without NGINX: the handlers that follow test it where it is
		got.stdout, want.stdout = beforeHandlers(got.stdout), beforeHandlers(want.stdout)
		left.forgetNginx()
	}
	var diffs []string
	if got.code != want.code {
		diffs = append(diffs, "exit code "+firstDifference(strconv.Itoa(got.code), strconv.Itoa(want.code)))
	}
	if got.stdout != want.stdout {
		diffs = append(diffs, "stdout "+firstDifference(got.stdout, want.stdout))
	}
	if got.stderr != want.stderr {
		diffs = append(diffs, "stderr "+firstDifference(got.stderr, want.stderr))
	}
	diffs = append(diffs, compareTrees(left, wantLeft)...)
	if _, err := os.Stat(filepath.Join(dir, ".demo/tls/kimai.crt")); err == nil {
		diffs = append(diffs, certificateDifferences(t, dir, filepath.Base(testcase))...)
	}
	return diffs
}

// TestKit runs each recorded case of the kit natively: output, exit code, tree and bytes are the real Ansible's.
func TestKit(t *testing.T) {
	replay(t, "kit", kitCases(t), filepath.Base, differences)
}

// nginxIsThere reports whether one of the places has an NGINX at which the kit looks for it.
func nginxIsThere() bool {
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/local/nginx/sbin", "/usr/local/bin", "/opt/homebrew/bin"} {
		if _, err := os.Stat(filepath.Join(dir, "nginx")); err == nil {
			return true
		}
	}
	return false
}

// beforeHandlers is an output up to the first handler.
func beforeHandlers(stdout string) string {
	before, _, _ := strings.Cut(stdout, "RUNNING HANDLER")
	return before
}

// TestKitByApply runs the recorded cases with `kimai-ansible apply -i demo` in place of ansible-playbook: the same output, the
// same tree. What differs on purpose is said in applyDiffers.
func TestKitByApply(t *testing.T) {
	for _, testcase := range kitCases(t) {
		name := filepath.Base(testcase)
		if name == "no_password" || name == "bad_argument" { // the demo has a password; and see skiplist.txt
			continue
		}
		t.Run(name, func(t *testing.T) {
			dir := kitDir(t, testcase)
			var got outcome
			for _, line := range commandLines(t, testcase, dir) {
				got = native(t, dir, asApply(line)...)
			}
			want := recorded(t, testcase)
			if reason, ok := applyDiffers[name]; ok {
				if got.stdout == want.stdout && got.stderr == want.stderr {
					t.Errorf("is as recorded, although: %s", reason)
				}
				if !strings.Contains(got.stderr, "kimai-ansible: ") || got.code != want.code {
					t.Errorf("exit code %d, want %d and an error of our own:\n%s", got.code, want.code, got.stderr)
				}
				return
			}
			got.stderr = resumeLine.ReplaceAllString(got.stderr, "")
			// the playbook is the kit's, by its whole path
			got.stdout = strings.NewReplacer("+++ after: @DIR@/templates/", "+++ after: @TMP@/", "playbook: @DIR@/", "playbook: ").
				Replace(normalise(dir, engineLine.ReplaceAllString(got.stdout, "")))
			if name == "plain" && nginxIsThere() {
				got.stdout, want.stdout = beforeHandlers(got.stdout), beforeHandlers(want.stdout)
			}
			if got.code != want.code || got.stdout != want.stdout || got.stderr != want.stderr {
				t.Errorf("exit code %d, want %d\nstdout %s\nstderr %s", got.code, want.code,
					firstDifference(got.stdout, want.stdout), firstDifference(got.stderr, want.stderr))
			}
		})
	}
}

// resumeLine is the last one of a run of apply that failed.
var resumeLine = regexp.MustCompile(`(?m)^kimai-ansible: when the cause is mended, go on where this ended: .*\n\z`)

// applyDiffers are the cases in which apply says something else than Ansible, and why.
var applyDiffers = map[string]string{
	"wrong_password": "the error names the file and the vault id",
	"limit_none":     "the error is one of kimai-ansible's",
}

// asApply makes a line for `kimai-ansible apply` of one for ansible-playbook.
func asApply(line []string) []string {
	argv := []string{"kimai-ansible", "apply", "-i", "demo"}
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == "-i" || line[i] == "--vault-password-file" && strings.HasPrefix(line[i+1], "inventories/"):
			i++
		case line[i] == "playbooks/site.yml":
		default:
			argv = append(argv, line[i])
		}
	}
	return argv
}
