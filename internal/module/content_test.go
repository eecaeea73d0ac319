package module_test

import (
	"context"
	"errors"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
)

// TestChecksumOnce: whoever has a content is asked once for its checksum, whether that can be made or not.
func TestChecksumOnce(t *testing.T) {
	gone := errors.New("gone")
	for _, want := range []error{nil, gone} {
		asked := 0
		c := &module.Content{Sum: func(context.Context) (string, error) { asked++; return "abc", want }}
		for range 3 {
			sum, err := c.Checksum(context.Background())
			if !errors.Is(err, want) || (err == nil) != (sum == "abc") {
				t.Errorf("%q, %v", sum, err)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	}
}
