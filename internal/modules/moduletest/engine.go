package moduletest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Cases of modules that talk to an engine of Docker are in testdata/engine/NAME.json. To record, with root rights and dockerd,
//
//	ANSIBLE_ORACLE=COMMAND go test ./internal/modules/docker -run 'TestAsEngine/NAME/CASE' -record [-ours]
//
// plays each by ansible-core and then by ours, on an engine of the test's own: results are compared then, and what ours asked the
// engine and heard is kept as a tape. On that tape it is played again at every test, in which nothing else may be asked. With
// KIMAI_TEST_ALL=1 the cases are played on a real engine too.
//
// Setup lines run as shell commands; those that begin with "docker " only where there is an engine. Its images are box:1 and
// box:2 (see Engine.reset). A case begins with no container, volume or network.

// engineOurs keeps what Ansible gave.
var engineOurs = flag.Bool("ours", false, "record, of cases on an engine: what ours does alone; what Ansible gave stays")

// conversation is what ours asked an engine and heard, in order.
type conversation []exchange

// exchange is a request with its answer.
type exchange struct {
	Method string `json:"method"`
	URI    string `json:"uri"`
	Body   string `json:"body,omitempty"`
	Raw    []byte `json:"raw,omitempty"` // all that came, of a connection that became a stream
	Status int    `json:"status,omitempty"`
	Type   string `json:"type,omitempty"` // Content-Type
	Answer string `json:"answer,omitempty"`
	Binary []byte `json:"binary,omitempty"` // the answer, where it is no text
}

// RunEngine plays all testdata/engine/*.json again, and on a real engine where everything is tested.
func RunEngine(t *testing.T, find func(name string) *module.Def) {
	files, err := filepath.Glob("testdata/engine/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var e *Engine
	if *record {
		e = StartEngine(t)
	}
	for _, f := range files {
		var cases []Case
		readJSON(t, f, &cases)
		name := strings.TrimSuffix(f, ".json")
		t.Run(filepath.Base(name), func(t *testing.T) {
			for _, c := range cases {
				file := caseFile(name, c.Name)
				t.Run(c.Name, func(t *testing.T) {
					if e != nil {
						e.record(t, c, file, find)
						return
					}
					t.Parallel()
					replayEngine(t, c, file, find)
				})
			}
		})
	}
}

// RunEngineLive plays all testdata/engine/*.json on a real engine, and compares with what came of them under Ansible.
func RunEngineLive(t *testing.T, find func(name string) *module.Def) {
	needs.Long(t, "starts an engine of containers")
	e := StartEngine(t)
	files, err := filepath.Glob("testdata/engine/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		var cases []Case
		readJSON(t, f, &cases)
		name := strings.TrimSuffix(f, ".json")
		for _, c := range cases {
			if c.Slow {
				continue
			}
			t.Run(filepath.Base(name)+"/"+c.Name, func(t *testing.T) {
				if c.Registry {
					needs.Program(t, "docker-registry", "what is pulled and pushed")
				}
				var want machineRecorded
				readJSON(t, caseFile(name, c.Name)+".json", &want)
				c = engineMasks(c)
				dir := caseDir(t)
				e.reset(t)
				e.setup(t, c, dir)
				compareMachine(t, c, want, e.play(t, c, dir, e.Socket, find))
			})
		}
	}
}

// caseDir is the folder of a case.
func caseDir(t *testing.T) string {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// engineMasks adds what is random with every engine.
func engineMasks(c Case) Case {
	c.Mask = append(append([]string(nil), c.Mask...), "Pid", "StartedAt", "FinishedAt")
	c.MaskRE = append(
		append([]string(nil), c.MaskRE...),
		`[0-9a-f]{64}`, `\b[0-9a-f]{12}\b`, `\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)`, // ids, times
		`172\.(1[7-9]|2\d|3[01])\.\d+\.\d+`, `192\.168\.\d+\.\d+`, `02:42(:[0-9a-f]{2}){4}`, // the addresses of networks that are made anew
		`dial tcp (\[::1\]|127\.0\.0\.1)`, // localhost is one of both
	)
	return c
}

// record plays a case by Ansible and by ours.
func (e *Engine) record(t *testing.T, c Case, file string, find func(string) *module.Def) {
	// a folder that the oracle can see at the same place
	base, err := os.MkdirTemp(e.dir, "case")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, "0")
	if !*engineOurs {
		e.recordAnsible(t, c, base, dir, file)
	}
	var want machineRecorded
	readJSON(t, file+".json", &want)
	e.reset(t)
	e.setup(t, c, dir)
	p := startRelay(t, filepath.Join(e.dir, "proxy"), e.Socket)
	got := e.play(t, c, dir, p.socket, find)
	p.stop()
	compareMachine(t, engineMasks(c), want, got)
	saveTape(t, file+".tape.gz", p.tape, dir)
}

func (e *Engine) recordAnsible(t *testing.T, c Case, base, dir, file string) {
	t.Helper()
	e.reset(t)
	e.setup(t, c, dir)
	var tasks []any
	for i, task := range c.Tasks {
		var args any
		if err := json.Unmarshal(bytes.ReplaceAll(task.Args, []byte("@W@"), []byte(dir)), &args); err != nil {
			t.Fatal(err)
		}
		env := envIn(withEnv(task.Env, "DOCKER_HOST=unix://"+e.Socket), dir)
		tasks = append(tasks, map[string]any{
			"name": fmt.Sprint(i), task.Module: args, "ignore_errors": true, "check_mode": task.Check, "diff": task.Diff, "environment": env,
		})
	}
	t.Setenv("BIND", e.dir)
	results := oracle(t, base, tasks)
	var want machineRecorded
	for i := range c.Tasks {
		r := results[fmt.Sprint(i)]
		if r == nil {
			t.Fatalf("no result for task %d", i+1)
		}
		want.Results = append(want.Results, maskMachine(t, normalise(t, e.named(r, dir), dir, false), engineMasks(c)))
	}
	b, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+".json", append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// named puts names in place of what this engine and case are called.
func (e *Engine) named(b []byte, dir string) []byte {
	for _, x := range [][2]string{{e.Socket, "ENGINE"}, {filepath.Join(e.dir, "proxy"), "ENGINE"}, {dir, "@W@"}, {e.dir, "DATA"}} {
		b = bytes.ReplaceAll(b, []byte(x[0]), []byte(x[1]))
	}
	return b
}

// play runs the tasks of a case, on the engine at a socket.
func (e *Engine) play(t *testing.T, c Case, dir, socket string, find func(string) *module.Def) machineRecorded {
	t.Helper()
	sys, err := target.NewReal(dir)
	if err != nil {
		t.Fatal(err)
	}
	return playEngine(t, c, sys, dir, socket, e.named, find)
}

func playEngine(t *testing.T, c Case, sys target.System, dir, socket string, named func([]byte, string) []byte, find func(string) *module.Def) machineRecorded {
	t.Helper()
	c = engineMasks(c)
	var out machineRecorded
	for _, task := range c.Tasks {
		args, err := value.FromJSON(bytes.ReplaceAll(task.Args, []byte("@W@"), []byte(dir)))
		if err != nil {
			t.Fatal(err)
		}
		task.Env = envIn(withEnv(task.Env, append([]string{"DOCKER_HOST=unix://" + socket}, machineEnv...)...), dir)
		r := named(resultJSON(t, callOn(t, sys, task, args, find)), dir)
		out.Results = append(out.Results, maskMachine(t, normalise(t, r, dir, false), c))
	}
	return out
}

func replayEngine(t *testing.T, c Case, file string, find func(string) *module.Def) {
	var want machineRecorded
	readJSON(t, file+".json", &want)
	dir := caseDir(t)
	var local []string // what concerns the engine is on the tape
	for _, line := range c.Setup {
		if !strings.HasPrefix(line, "docker ") {
			local = append(local, line)
		}
	}
	setup(t, Case{Setup: local, Copy: c.Copy}, dir)
	socket := serveTape(t, loadTape(t, file+".tape.gz", dir))
	real, err := target.NewReal(dir)
	if err != nil {
		t.Fatal(err)
	}
	named := func(b []byte, dir string) []byte {
		return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte(socket), []byte("ENGINE")), []byte(dir), []byte("@W@"))
	}
	compareMachine(t, engineMasks(c), want, playEngine(t, c, &impatient{System: real}, dir, socket, named, find))
}

// dataDir is where an engine of ours keeps its things.
var dataDir = regexp.MustCompile(`/var/tmp/kimai-engine-\d+`)

func saveTape(t *testing.T, file string, tape conversation, dir string) {
	t.Helper()
	b, err := json.Marshal(tape)
	if err != nil {
		t.Fatal(err)
	}
	b = dataDir.ReplaceAll(bytes.ReplaceAll(b, []byte(dir), []byte("@W@")), []byte("DATA"))
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func loadTape(t *testing.T, file, dir string) conversation {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var tape conversation
	if err := json.Unmarshal(bytes.ReplaceAll(b, []byte("@W@"), []byte(dir)), &tape); err != nil {
		t.Fatal(err)
	}
	return tape
}
