package build_test

import (
	"os"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/tools/build"
)

func TestTaskfileBuildsTheSame(t *testing.T) {
	text, err := os.ReadFile("../../../Taskfile.yml")
	if err != nil {
		t.Fatal(err)
	}
	var line string
	for l := range strings.Lines(string(text)) {
		if strings.Contains(l, "go build") || strings.Contains(l, "}} build") {
			line = strings.ReplaceAll(l, "'", "")
		}
	}
	for _, flag := range append(build.Flags, "CGO_ENABLED=0") {
		if !strings.Contains(line, flag) {
			t.Errorf("Taskfile.yml builds without %s: %s", flag, line)
		}
	}
}
