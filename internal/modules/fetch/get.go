package fetch

import (
	"context"
	"fmt"
	"io"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/download"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

func init() { download.Save = save }

// save writes what is behind a URL to w: see download.Save.
func save(ctx context.Context, sys target.System, url string, insecure bool, w io.Writer) error {
	c := New(sys)
	c.Agent, c.NoVerify = "ansible-httpget", insecure
	resp, err := c.Do(ctx, Request{URL: url})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		msg, _ := Explain(err)
		return &download.Error{Status: -1, Msg: msg}
	}
	defer resp.Body.Close()
	if resp.Failed() {
		return &download.Error{Status: resp.Status, Msg: resp.Message()}
	}
	if _, err = io.Copy(w, resp.Body); err != nil {
		return &download.Error{Status: resp.Status, Msg: fmt.Sprintf("failed to read: %v", err)}
	}
	return nil
}
