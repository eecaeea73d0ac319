package modules_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

// TestKills kills a process that writes at random instants, 40 times for each way to write; KIMAI_TEST_KILLS says another number.
func TestKills(t *testing.T) {
	n := 40
	if text := os.Getenv("KIMAI_TEST_KILLS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	big := func(c string) string { return strings.Repeat(c, 1<<20) }
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(big(r.URL.Path[1:])))
	}))
	t.Cleanup(s.Close)
	both := func(args string) [2]string {
		return [2]string{fmt.Sprintf(args, "a"), fmt.Sprintf(args, "b")}
	}
	lines := func() map[string]string {
		return map[string]string{"f": strings.Repeat("a line of a long file\n", 5_000) + "v = 0\n"}
	}
	moduletest.RunKills(t, modules.Find, n, []moduletest.Kill{
		{Name: "copy of a large file", Module: "copy", Args: both(`{"dest": "@W@/f", "mode": "0600", "content": "%s"}`), Times: 1 << 20, Longest: 25 * time.Millisecond, Left: 10},
		{Name: "template", Module: "copy", Args: both(`{"dest": "@W@/f", "content": "name = %s\n"}`), Longest: 20 * time.Millisecond, Left: 20},
		{Name: "template that a program looks at", Module: "copy", Args: both(`{"dest": "@W@/f", "content": "name = %s\n", "validate": "true %%s"}`), Longest: 20 * time.Millisecond, Left: 100},
		{Name: "copy, named from the beginning", Module: "copy", Args: both(`{"dest": "@W@/f", "mode": "0600", "content": "%s"}`), Times: 1 << 20, Named: true, Longest: 25 * time.Millisecond, Left: 100},
		{Name: "lineinfile", Module: "lineinfile", Args: both(`{"path": "@W@/f", "regexp": "^v =", "line": "v = %s"}`), Files: lines, Longest: 25 * time.Millisecond, Left: 10},
		{Name: "get_url of a large file", Module: "get_url", Args: both(`{"url": "` + s.URL + `/%s", "dest": "@W@/f", "force": true}`), Longest: 25 * time.Millisecond, Left: 10},
	})
}
