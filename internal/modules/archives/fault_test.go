package archives_test

import (
	"archive/tar"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/archives"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

func TestFaults(t *testing.T) {
	conf := map[string]string{"f": "old = 1\nkept = 2\n"}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		tw := tar.NewWriter(w)
		_ = tw.WriteHeader(&tar.Header{Name: "f", Mode: 0o644, Size: 4, ModTime: time.Unix(1e9, 0)})
		_, _ = tw.Write([]byte("new\n"))
		_ = tw.Close()
	}))
	defer s.Close()
	moduletest.RunFaults(t, &archives.Set, modules.Find, []moduletest.Fault{
		{Name: "archive", Module: "archive", Args: `{"path": "@W@/d", "dest": "@W@/f", "mode": "0600"}`, Files: conf, Setup: []string{"mkdir d; echo one > d/1; echo two > d/2; touch -d 2024-01-02 d/*"}},
		{Name: "archive, a new one", Module: "archive", Args: `{"path": "@W@/d", "dest": "@W@/g", "format": "xz"}`, Setup: []string{"mkdir d; echo one > d/1; echo two > d/2; touch -d 2024-01-02 d/*"}},
		{Name: "archive, remove", Module: "archive", Args: `{"path": "@W@/h", "format": "zip", "remove": true}`, Files: map[string]string{"h": "text"}, Setup: []string{"touch -d 2024-01-02 h"}},
		{Name: "unarchive", Module: "unarchive", Args: `{"src": "` + s.URL + `/a.tar", "remote_src": true, "dest": "@W@", "mode": "0600"}`},
	}, nil)
}
