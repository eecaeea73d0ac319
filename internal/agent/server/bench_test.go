package server_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"io"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// BenchmarkCopy copies a small file: a new one each time, and one that is there already.
func BenchmarkCopy(b *testing.B) {
	body := []byte("key = value\n")
	content := func() *module.Content {
		return &module.Content{
			Size: int64(len(body)), SHA1: fmt.Sprintf("%x", sha1.Sum(body)), Label: "x.conf",
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
		}
	}
	for _, fresh := range []bool{true, false} {
		b.Run(map[bool]string{true: "new", false: "same"}[fresh], func(b *testing.B) {
			sys, err := target.NewReal(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			for i := 0; b.Loop(); i++ {
				name := "f"
				if fresh {
					name = fmt.Sprint("f", i)
				}
				r := server.Run(context.Background(), modules.All(), sys, server.Call{
					Module: "copy", Content: content(),
					Args: value.DictOf("dest", value.NewStr(name), "mode", value.NewStr("0644")),
				})
				if r.Failed {
					b.Fatal(r.Msg)
				}
			}
		})
	}
}

// BenchmarkCommand runs a program that does nothing: the price of a task besides that of the program.
func BenchmarkCommand(b *testing.B) {
	sys, err := target.NewReal("")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r := server.Run(context.Background(), modules.All(), sys, server.Call{Module: "command", Args: value.DictOf("cmd", value.NewStr("true"))})
		if r.Failed {
			b.Fatal(r.Msg)
		}
	}
}
