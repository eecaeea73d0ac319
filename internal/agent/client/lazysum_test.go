package client_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/client"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// unsummed is a content whose checksum is made when it is asked for; it counts how often that, and the content, is wanted.
type unsummed struct {
	body         []byte
	summed, sent int
	broken       error
}

func (u *unsummed) content() *module.Content {
	return &module.Content{
		Size: int64(len(u.body)), Label: "x",
		Sum: func(context.Context) (string, error) {
			u.summed++
			return fmt.Sprintf("%x", sha1.Sum(u.body)), u.broken
		},
		Open: func(context.Context) (io.ReadCloser, error) {
			u.sent++
			return io.NopCloser(bytes.NewReader(u.body)), nil
		},
	}
}

// TestUnsummed: a content is read for its checksum only where the target has a file of its size, or somebody sees the checksum.
func TestUnsummed(t *testing.T) {
	r := open(t, client.Options{Compress: true})
	body := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	sum := fmt.Sprintf("%x", sha1.Sum(body))
	other := bytes.Clone(body)
	other[len(other)-1]++
	for _, c := range []struct {
		name         string
		there        []byte // nil for no file
		unseen       bool
		changed      bool
		summed, sent int
	}{
		{"no_file", nil, false, true, 0, 1},
		{"another_size", body[:1000], false, true, 0, 1},
		{"another_content", other, false, true, 1, 1},
		{"the_same", body, false, false, 1, 0},
		{"no_file_unseen", nil, true, true, 0, 1},
		{"the_same_unseen", body, true, false, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dest := t.TempDir() + "/f"
			if c.there != nil {
				if err := os.WriteFile(dest, c.there, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			u := &unsummed{body: body}
			got := call(t, r, client.Call{Module: "copy", Args: value.DictOf("dest", value.NewStr(dest)), Content: u.content(), Unseen: c.unseen})
			if got.Failed || got.Changed != c.changed || u.summed != c.summed || u.sent != c.sent {
				t.Errorf("summed %d times, sent %d times: %s", u.summed, u.sent, text(got.Dict()))
			}
			if is, err := os.ReadFile(dest); err != nil || !bytes.Equal(is, body) {
				t.Errorf("%d bytes, %v", len(is), err)
			}
			if c.unseen {
				if got.Values != nil || got.ModuleArgs != nil {
					t.Errorf("what nobody sees has travelled: %s", text(got.Dict()))
				}
				return
			}
			if text(got.Get("checksum")) != sum || got.Get("dest") == nil {
				t.Errorf("got %s", text(got.Dict()))
			}
		})
	}
}

// TestUnsummedFails: a failure tells the checksum as Ansible's does, seen or not; what can't be summed fails, and leaves the file alone.
func TestUnsummedFails(t *testing.T) {
	r := open(t, client.Options{})
	u := &unsummed{body: []byte(strings.Repeat("x", 3000))}
	got := call(t, r, client.Call{Module: "copy", Args: value.DictOf("dest", value.NewStr(t.TempDir()+"/none/f")), Content: u.content(), Unseen: true})
	if want := fmt.Sprintf("%x", sha1.Sum(u.body)); !got.Failed || text(got.Get("checksum")) != want || got.ModuleArgs == nil {
		t.Errorf("got %s", text(got.Dict()))
	}
	dest := t.TempDir() + "/f"
	was := strings.Repeat("y", 3000)
	if err := os.WriteFile(dest, []byte(was), 0o600); err != nil {
		t.Fatal(err)
	}
	u.broken = errors.New("the disk is gone")
	got = call(t, r, client.Call{Module: "copy", Args: value.DictOf("dest", value.NewStr(dest)), Content: u.content()})
	is, err := os.ReadFile(dest)
	if !got.Failed || !strings.Contains(got.Msg, "the disk is gone") || err != nil || string(is) != was {
		t.Errorf("got %s; %v", text(got.Dict()), err)
	}
}

// TestUnseenFacts: facts are needed though nobody looks at the result.
func TestUnseenFacts(t *testing.T) {
	r := open(t, client.Options{})
	got := call(t, r, client.Call{Module: "setup", Args: value.DictOf("gather_subset", value.NewStr("!all,!min,user")), Unseen: true})
	facts, ok := got.Get("ansible_facts").(*value.Dict)
	if !ok || !facts.Has("ansible_user_id") || got.Values.Len() != 1 {
		t.Errorf("got %s", text(got.Dict()))
	}
}
