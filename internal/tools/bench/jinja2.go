package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/jinjabench"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// jinjaRow is something that is done by both, this library and Jinja2.
type jinjaRow struct {
	what     string
	how      string // "render": of a compiled template; "first": with the compilation
	template string
	hosts    int     // of the data
	times    int     // how often ours and
	theirs   int     // theirs is done in a round
	limit    float64 // 0: only told
}

var jinjaRows = []jinjaRow{
	{"template of 200 lines over 1,000 items, compiled", "render", "servers", 1000, 40, 4, 1.0 / 10},
	{"the same, parsed, compiled and rendered with 1 item", "first", "servers", 1, 40, 2, 1.0 / 20},
	{"loop of one line over 1,000 items, compiled", "render", "loop", 1000, 400, 40, 1.0 / 10},
	{"the same, parsed, compiled and rendered with 1 item", "first", "loop", 1, 4000, 100, 1.0 / 20},
	{"map, sort, groupby, tojson of 1,000 items, compiled", "render", "filters", 1000, 20, 10, 0},
	{"20,000 turns that only calculate, compiled", "render", "numbers", 1000, 20, 4, 0},
}

// jinja2Rows measures the template library beside the Jinja2 of PYTHON, when there is one.
func jinja2Rows(rounds int) ([]bound, error) {
	python := os.Getenv("PYTHON")
	if python == "" {
		python = "python3"
	}
	args := append(strings.Fields(python), "-c", "import jinja2")
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			return nil, fmt.Errorf("CI=true: nothing may be left out: %w: %s", err, out)
		}
		fmt.Printf("skipped, no Jinja2 in %s: templates against it\n", python)
		return nil, nil
	}
	return measureJinja2(rounds, python)
}

// jinja2 is a running Jinja2.
type jinja2 struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// startJinja2 starts the Python of the command line python with the templates and the data of the rows.
func startJinja2(python string) (*jinja2, error) {
	args := append(strings.Fields(python), "-c", jinjabench.Jinja2)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	j := &jinja2{cmd, in, bufio.NewScanner(out)}
	work := struct {
		Templates map[string]string          `json:"templates"`
		Data      map[string]json.RawMessage `json:"data"`
	}{map[string]string{}, map[string]json.RawMessage{}}
	for _, r := range jinjaRows {
		data, err := value.AppendJSON(nil, jinjabench.Data(r.hosts), value.JSONOptions{})
		if err != nil {
			return nil, errors.Join(err, j.stop())
		}
		work.Templates[r.template], work.Data[strconv.Itoa(r.hosts)] = jinjabench.Text(r.template), data
	}
	if err := json.NewEncoder(in).Encode(work); err != nil {
		return nil, errors.Join(err, j.stop())
	}
	return j, nil
}

// ask gives the answer to a question, whose words are those of jinja2.py.
func (j *jinja2) ask(words ...any) (string, error) {
	if _, err := fmt.Fprintln(j.in, words...); err != nil {
		return "", err
	}
	if !j.out.Scan() {
		return "", fmt.Errorf("no answer of Jinja2 to %v: %w", words, errors.Join(j.out.Err(), io.ErrUnexpectedEOF))
	}
	return j.out.Text(), nil
}

// time gives the CPU time of one time of r.
func (j *jinja2) time(r jinjaRow) (time.Duration, error) {
	text, err := j.ask(r.how, r.template, r.hosts, r.theirs)
	if err != nil {
		return 0, err
	}
	us, err := strconv.ParseFloat(text, 64)
	return time.Duration(us * float64(time.Microsecond)), err
}

func (j *jinja2) stop() error { return errors.Join(j.in.Close(), j.cmd.Wait()) }

// ourJinja is a row on our side.
type ourJinja struct {
	row  jinjaRow
	env  *jinja.Env
	tmpl *jinja.Template
	vars jinja.Vars
}

func newOurJinja(r jinjaRow, data *value.Dict) (*ourJinja, error) {
	o := &ourJinja{row: r, env: jinja.New(), vars: jinja.DictVars{Dict: data}}
	o.env.Syntax.TrimBlocks = true
	var err error
	o.tmpl, err = o.parse()
	return o, err
}

func (o *ourJinja) parse() (*jinja.Template, error) {
	return o.env.Parse(jinja.Source{Text: jinjabench.Text(o.row.template)})
}

// once does what the row says.
func (o *ourJinja) once() (string, error) {
	tmpl := o.tmpl
	if o.row.how == "first" {
		var err error
		if tmpl, err = o.parse(); err != nil {
			return "", err
		}
	}
	v, err := tmpl.Render(context.Background(), o.vars)
	if err != nil {
		return "", err
	}
	return v.(value.Str).String(), nil
}

// time gives the CPU time and the allocations of one time.
func (o *ourJinja) time() (took time.Duration, mem allocs, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took, err = cpu(func() error {
		for range o.row.times {
			if _, err := o.once(); err != nil {
				return err
			}
		}
		return nil
	})
	runtime.ReadMemStats(&after)
	n := uint64(o.row.times)
	return took / time.Duration(n), allocs{(after.TotalAlloc - before.TotalAlloc) / n, (after.Mallocs - before.Mallocs) / n}, err
}

// same fails when the texts of both differ.
func (o *ourJinja) same(j *jinja2) error {
	text, err := o.once()
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(text))
	theirs, err := j.ask("text", o.row.template, o.row.hosts)
	if err == nil && theirs != hex.EncodeToString(sum[:]) {
		err = fmt.Errorf("the texts of %s with %d hosts differ from those of Jinja2", o.row.template, o.row.hosts)
	}
	return err
}

// measureJinja2 takes the times of all rows, one of each side in a round, when the texts are equal.
func measureJinja2(rounds int, python string) (list []bound, err error) {
	j, err := startJinja2(python)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.stop()) }()
	version, err := j.ask("version")
	if err != nil {
		return nil, err
	}
	ours := make([]*ourJinja, len(jinjaRows))
	data := map[int]*value.Dict{}
	for i, r := range jinjaRows {
		if data[r.hosts] == nil {
			data[r.hosts] = jinjabench.Data(r.hosts)
		}
		if ours[i], err = newOurJinja(r, data[r.hosts]); err == nil {
			err = ours[i].same(j)
		}
		if err != nil {
			return nil, err
		}
	}
	our, their := make([][]time.Duration, len(jinjaRows)), make([][]time.Duration, len(jinjaRows))
	list = make([]bound, len(jinjaRows))
	for range rounds {
		for i, o := range ours {
			took, mem, err := o.time()
			if err != nil {
				return nil, err
			}
			our[i], list[i].mem = append(our[i], took), &mem
			if took, err = j.time(o.row); err != nil {
				return nil, err
			}
			their[i] = append(their[i], took)
		}
	}
	for i, r := range jinjaRows {
		mem := list[i].mem
		list[i] = times(r.what, "Jinja2 "+version, median(our[i]), median(their[i]), r.limit)
		list[i].mem = mem
	}
	return list, nil
}
