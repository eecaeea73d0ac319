package jinja_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestDifferential compares with what testdata/diff.py recorded of random templates. It runs when JINJA_DIFF names the
// recording.
func TestDifferential(t *testing.T) {
	name := os.Getenv("JINJA_DIFF")
	if name == "" {
		t.Skip("JINJA_DIFF is not set; see testdata/diff.py")
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<22)
	total, failed := 0, 0
	for sc.Scan() {
		var r recording
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		total++
		got, err := r.run()
		switch {
		case r.Error == "" && err == nil && got == r.Text:
			continue
		case r.Error != "" && err != nil && message(err) == strings.ReplaceAll(r.Message, "not StrictUndefined", "not UndefinedMarker"):
			continue
		}
		var undef *value.UndefinedError
		if strings.Contains(r.Message, "StrictUndefined") && errors.As(err, &undef) {
			continue // Python names the class of the undefined value that the recording chose; we say what is missing
		}
		failed++
		if failed < 100 {
			t.Errorf("%s\n got %q, %v\nwant %q %s: %s", r.Template, got, err, r.Text, r.Error, r.Message)
		}
	}
	t.Logf("%d templates, %d differ", total, failed)
}
