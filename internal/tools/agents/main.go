// Command agents builds the agent's programs, one for each part of the modules, for each platform into the folder that package program embeds: compressed,
// with its checksum beside it. The documentation of modules is left out: nobody reads it on a target; so is HTTP/2, which
// Ansible does not speak either. Functions are not inlined but in Go's runtime, which takes an eighth off what is sent.
//
//	go run ./internal/tools/agents [FOLDER]
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/klauspost/compress/zstd"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/program"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
)

// parts are those that there is a program for.
var parts = []module.Part{module.Core, module.More}

// archs are what the agent is built for, all on Linux.
var archs = []string{"amd64", "arm64"}

func main() {
	dir := filepath.Join("internal", "agent", "program", "files")
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := build(dir); err != nil {
		fmt.Fprintln(os.Stderr, "agents:", err)
		os.Exit(1)
	}
}

func build(dir string) error {
	temp, err := os.MkdirTemp("", "kimai-agents-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	overlay, err := withoutDocs(temp, filepath.Join("internal", "modules"))
	if err != nil {
		return err
	}
	for _, p := range parts {
		for _, arch := range archs {
			if err := buildOne(dir, temp, overlay, p, arch); err != nil {
				return err
			}
		}
	}
	return nil
}

// buildOne builds the program of a part for a platform.
func buildOne(dir, temp, overlay string, part module.Part, arch string) error {
	command := program.NameOf(part)
	name := command + "-linux-" + arch
	file := filepath.Join(temp, name)
	cmd := exec.Command("go", "build", "-trimpath", "-tags=nethttpomithttp2", "-gcflags=all=-l", "-gcflags=runtime=", "-gcflags=internal/runtime/...=", "-overlay", overlay, "-ldflags=-s -w", "-o", file, "./cmd/"+command)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	plain, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	zipped, err := gzipped(plain)
	if err != nil {
		return err
	}
	packed, err := zstandard(plain)
	if err != nil {
		return err
	}
	sum := fmt.Sprintf("%s %d %s\n", wire.Sum(plain), len(plain), modules.Sum(part))
	for end, b := range map[string][]byte{".gz": zipped, ".zst": packed, ".sum": []byte(sum)} {
		if err := os.WriteFile(filepath.Join(dir, name+end), b, 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("%s: %.1f MB, with gzip %.1f MB, with zstd %.1f MB (%s)\n", name, float64(len(plain))/1e6, float64(len(zipped))/1e6, float64(len(packed))/1e6, runtime.Version())
	return nil
}

// zstandard compresses with Zstandard, on one processor: more of them would make other bytes.
func zstandard(plain []byte) ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(plain, nil), w.Close()
}

func gzipped(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

// withoutDocs writes copies of the modules' files without their documentation into temp, and the file that has the
// compiler take them in place of the ones below dir.
func withoutDocs(temp, dir string) (string, error) {
	replace := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		short, err := strip(name, text)
		if err != nil || len(short) == len(text) {
			return err
		}
		abs, err := filepath.Abs(name)
		if err != nil {
			return err
		}
		replace[abs] = filepath.Join(temp, fmt.Sprintf("%d.go", len(replace)))
		return os.WriteFile(replace[abs], short, 0o600)
	})
	if err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(temp, "overlay.json")
	return file, os.WriteFile(file, list, 0o600)
}
