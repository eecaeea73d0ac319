package cli

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// TestResumeKilled kills `apply` at random instants, goes on with --resume, kills that, and so on until a run ends. What is left
// then, the recap and what later tasks see of earlier ones are those of a run that nobody killed; no task ran again that was
// reported done; no plaintext of a secret was ever in the record; and no record is left.
func TestResumeKilled(t *testing.T) {
	k := newResumeTest(t)
	runs := 12
	if needs.All() {
		runs = 80
		k.program = builtKimai(t)
	}
	k.measure()
	var next, kills, resumed atomic.Int64
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for n := int(next.Add(1)); n <= runs; n = int(next.Add(1)) {
				killed, went := k.once(n)
				kills.Add(int64(killed))
				resumed.Add(int64(went))
			}
		})
	}
	wg.Wait()
	t.Logf("%d runs, killed %d times, went on %d times", runs, kills.Load(), resumed.Load())
	if int(resumed.Load()) < runs/2 {
		t.Error("hardly any run went on: the instants are wrong")
	}
}

const (
	resumeCanary = "canary-in-the-vault-5d1e"
	resumeNoLog  = "canary-of-no-log-77aa"
)

// resumeTest is a kit whose playbook writes what it does into the folder out: a line of log for each task and host.
type resumeTest struct {
	victims
	written int // the bytes that a whole run writes
	want    resumeEnd
}

// resumeEnd is what a run leaves.
type resumeEnd struct {
	recap string
	lines map[string]bool   // of the log, which tasks may write twice when they are killed
	files map[string]string // all others
}

func newResumeTest(t *testing.T) *resumeTest {
	t.Helper()
	e, err := vaultfmt.Encrypt([]byte(resumeCanary), []byte("pw"), "mine")
	if err != nil {
		t.Fatal(err)
	}
	text, err := e.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	vaulted := "secret: !vault |\n  " + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  ") + "\n"
	files := map[string]string{"pw": "pw\n", "kit/inventories/t/group_vars/all.yml": vaulted, "out/gate": ""}
	for name, text := range resumeKit {
		files["kit/"+name] = text
	}
	return &resumeTest{victims: victims{T: t, files: files}}
}

var resumeKit = map[string]string{
	"inventories/t/hosts.ini": "[all:vars]\nansible_connection=local\nout={{ playbook_dir }}/../../out\n[web]\nh1\nh2\nh3\n",
	"playbooks/site.yml": `
- name: First
  hosts: web
  gather_facts: true
  gather_subset: [min]
  roles: [r1]
  tasks:
    - {name: once, shell: "echo once: >> {{ out }}/log; echo made by $$", run_once: true, register: made}
    - name: facts
      set_fact: {mine: {list: [1, "{{ made.rc }}"], text: "{{ inventory_hostname }} is one"}}
    - name: loop
      shell: echo loop-{{ item }}:{{ inventory_hostname }} >> {{ out }}/log; sleep 0.01
      loop: [x, y]
      register: looped
      notify: handled
    - include_tasks: inc.yml
      loop: [p, q]
      loop_control: {loop_var: part}
    - name: with secrets
      block:
        - {name: vaulted, shell: "true {{ secret }}; echo vaulted:{{ inventory_hostname }} >> {{ out }}/log", register: vaulted}
        - {name: unlogged, shell: "echo unlogged:{{ inventory_hostname }} >> {{ out }}/log; echo ` + resumeNoLog + `", no_log: true, register: unlogged}
        - {name: broken, shell: "echo broken:{{ inventory_hostname }} >> {{ out }}/log; exit 3"}
      rescue:
        - {name: rescue, shell: "echo rescue:{{ inventory_hostname }} >> {{ out }}/log; echo {{ ansible_failed_task.name }} {{ ansible_failed_result.rc }} > {{ out }}/rescued-{{ inventory_hostname }}"}
      always:
        - {name: always, shell: "echo always:{{ inventory_hostname }} >> {{ out }}/log"}
    - {name: ignored, command: "false", ignore_errors: true, register: ignored}
    - add_host: {name: added, groups: [dyn], color: blue, ansible_connection: local}
    - group_by: {key: "is_{{ inventory_hostname }}"}
    - {name: delegated, set_fact: {from: "{{ mine.text }}"}, delegate_to: h3, delegate_facts: true, run_once: true}
    - include_vars: vars.yml
    - set_stats: {data: {n: 1}, aggregate: true}
  post_tasks:
    - name: sum
      changed_when: true # a kill may come between the file and its result
      copy:
        dest: "{{ out }}/sum-{{ inventory_hostname }}"
        mode: "0600"
        content: "{{ mine }} {{ looped.results | map(attribute='item') | list }} {{ ignored.rc }} {{ secret in vaulted.cmd }} {{ unlogged.stdout | length }} {{ hostvars.h3.from }} {{ a }} {{ ansible_facts.system }} {{ made.stdout is match('made by') }}\n"
  handlers:
    - {name: handled, shell: "echo handled:{{ inventory_hostname }} >> {{ out }}/log"}
- name: Free
  hosts: web:dyn
  gather_facts: false
  strategy: free
  tasks:
    - {name: free1, shell: "echo free1:{{ inventory_hostname }} >> {{ out }}/log"}
    - {name: free2, shell: "echo free2:{{ inventory_hostname }} {{ color | default('none') }} > {{ out }}/free-{{ inventory_hostname }}; echo free2:{{ inventory_hostname }} >> {{ out }}/log"}
- name: Batches
  hosts: dyn,is_h2,is_h1
  gather_facts: false
  serial: 1
  tasks:
    - {name: gate, command: "test -e {{ out }}/gate", changed_when: false}
    - {name: last, shell: "echo last:{{ inventory_hostname }} >> {{ out }}/log; echo {{ ansible_play_batch | join }} {{ mine.text | default('none') }} > {{ out }}/last-{{ inventory_hostname }}"}
`,
	"playbooks/inc.yml":          "- {name: 'part {{ part }}', shell: 'echo part-{{ part }}:{{ inventory_hostname }} >> {{ out }}/log'}\n",
	"playbooks/vars.yml":         "a: '{{ b }}'\nb: ['{{ 1 + 1 }}']\n",
	"roles/r1/tasks/main.yml":    "- {name: role, shell: 'echo role:{{ inventory_hostname }} >> {{ out }}/log', notify: from role}\n",
	"roles/r1/handlers/main.yml": "- {name: from role, shell: 'echo from-role:{{ inventory_hostname }} >> {{ out }}/log'}\n",
	"roles/r1/defaults/main.yml": "unused: 1\n",
}

// start begins a run whose output goes to a file of the folder, as it is written.
func (k *resumeTest) start(dir, output string, args ...string) *exec.Cmd {
	cmd := k.command(dir, append([]string{"apply"}, args...)...)
	cmd.Dir = filepath.Join(dir, "kit")
	cmd.Env = append(cmd.Env, "XDG_STATE_HOME="+filepath.Join(dir, "state"))
	f, err := os.Create(filepath.Join(dir, output))
	if err != nil {
		k.Error(err)
	}
	defer f.Close()
	cmd.Stdout, cmd.Stderr = f, f
	if err := cmd.Start(); err != nil {
		k.Error(err)
	}
	return cmd
}

var firstArgs = []string{"-i", "t", "--vault-id", "mine@../pw"}

// measure runs it whole, for what is wanted.
func (k *resumeTest) measure() {
	dir := k.tree(needs.Folder(k))
	err := k.start(dir, "whole", firstArgs...).Wait()
	out := k.read(dir, "whole")
	k.written = len(out)
	if err != nil {
		k.Fatalf("%v\n%s", err, out)
	}
	k.want = k.end(dir, out)
	if !strings.Contains(k.want.recap, "rescued=1") || !k.want.lines["handled:h2"] || k.want.files["last-h2"] != "h2 h2 is one\n" {
		k.Fatalf("the run does too little: %+v", k.want)
	}
}

func (k *resumeTest) read(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		k.Error(err)
	}
	return string(b)
}

func (k *resumeTest) end(dir, output string) resumeEnd {
	_, recap, _ := strings.Cut(output, "PLAY RECAP")
	e := resumeEnd{recap: strings.TrimSpace(recap), lines: map[string]bool{}, files: map[string]string{}}
	for _, line := range strings.Fields(k.read(dir, "out/log")) {
		e.lines[line] = true
	}
	names, _ := filepath.Glob(filepath.Join(dir, "out/*-*"))
	for _, name := range names {
		e.files[filepath.Base(name)] = k.read(dir, "out/"+filepath.Base(name))
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "state/*/*/*")); len(left) > 0 {
		k.Errorf("%v are left", left)
	}
	return e
}

// once kills runs until one ends.
func (k *resumeTest) once(n int) (killed, resumed int) {
	dir := k.tree(needs.Folder(k))
	r := rand.New(rand.NewPCG(uint64(n), 99))
	done := map[string]int{} // lines of the log of tasks that were reported done, and how often they were there then
	args := firstArgs
	for round := 0; ; round++ {
		output := fmt.Sprintf("round-%d", round)
		cmd := k.start(dir, output, args...)
		err := k.killed(cmd, filepath.Join(dir, output), r, round < 4)
		text := k.read(dir, output)
		if err == nil || strings.Contains(text, "PLAY RECAP") && !k.recorded(dir) { // it was killed when all was done
			k.compare(n, dir, text, done)
			return killed, resumed
		}
		if cmd.ProcessState.ExitCode() != -1 {
			k.Errorf("run %d, round %d: %v\n%s", n, round, err, text)
			return killed, resumed
		}
		killed++
		k.canary(dir)
		k.reported(dir, text, done)
		if args = firstArgs; k.recorded(dir) {
			args = []string{"--resume"}
			resumed++
		}
	}
}

// killed waits for the end of a run, which it kills at a random instant: a moment after it has written so much.
func (k *resumeTest) killed(cmd *exec.Cmd, output string, r *rand.Rand, kill bool) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if !kill {
		return <-ended
	}
	size, moment := int64(r.IntN(k.written)), time.Duration(r.IntN(20))*time.Millisecond
	for written := int64(-1); written < size; {
		select {
		case err := <-ended:
			return err
		case <-time.After(time.Millisecond):
		}
		if info, err := os.Stat(output); err == nil {
			written = info.Size()
		}
	}
	time.AfterFunc(moment, func() { _ = cmd.Process.Kill() })
	return <-ended
}

func (k *resumeTest) recorded(dir string) bool {
	left, _ := filepath.Glob(filepath.Join(dir, "state/*/*/*.run"))
	return len(left) > 0
}

// canary looks for plaintext in what a killed run left.
func (k *resumeTest) canary(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, "state/*/*/*"))
	for _, name := range left {
		b, err := os.ReadFile(name)
		if err != nil {
			k.Error(err)
		}
		for _, secret := range []string{resumeCanary, resumeNoLog} {
			if bytes.Contains(b, []byte(secret)) {
				k.Errorf("%q is in %s", secret, name)
			}
		}
	}
}

var (
	taskLine   = regexp.MustCompile(`^(?:TASK|RUNNING HANDLER) \[(.*)\] \*+$`)
	resultLine = regexp.MustCompile(`^(?:changed|ok|fatal): \[([^\] ]+)`)
)

// reported notes the tasks that were told to be done before a kill.
func (k *resumeTest) reported(dir, output string, done map[string]int) {
	log, _ := os.ReadFile(filepath.Join(dir, "out/log"))
	counts := map[string]int{}
	for _, line := range strings.Fields(string(log)) {
		counts[line]++
	}
	task := ""
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if m := taskLine.FindStringSubmatch(line); m != nil {
			task = strings.ReplaceAll(strings.TrimPrefix(m[1], "r1 : "), " ", "-")
		}
		m := resultLine.FindStringSubmatch(line)
		if m == nil || strings.Contains(line, "(item=") {
			continue
		}
		name := task + ":" + m[1]
		if task == "once" {
			name = "once:"
		}
		if n, logs := counts[name]; logs {
			if before, known := done[name]; known && before != n {
				k.Errorf("%s ran again although it was reported done", name)
			}
			done[name] = n
		}
	}
}

// compare holds what a run that was killed left against what a whole one does.
func (k *resumeTest) compare(n int, dir, output string, done map[string]int) {
	got := k.end(dir, output)
	if got.recap != k.want.recap {
		k.Errorf("run %d: the recap is\n%s\nwant\n%s", n, got.recap, k.want.recap)
	}
	if !maps.Equal(got.lines, k.want.lines) {
		k.Errorf("run %d: the log has %v, want %v", n, slices.Sorted(maps.Keys(got.lines)), slices.Sorted(maps.Keys(k.want.lines)))
	}
	if !maps.Equal(got.files, k.want.files) {
		k.Errorf("run %d: the files are %v, want %v", n, got.files, k.want.files)
	}
	counts := map[string]int{}
	for _, line := range strings.Fields(k.read(dir, "out/log")) {
		counts[line]++
	}
	for name, before := range done {
		if counts[name] != before {
			k.Errorf("run %d: %s ran %d times, %d of them before it was reported done", n, name, counts[name], before)
		}
	}
}
