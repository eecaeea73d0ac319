package network_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/network"
)

func TestFaults(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("new\ncontent\n")) }))
	defer s.Close()
	old := map[string]string{"f": "old\n"}
	moduletest.RunFaults(t, &network.Set, modules.Find, []moduletest.Fault{
		{Name: "get_url", Module: "get_url", Args: `{"url": "` + s.URL + `/f", "dest": "@W@/f", "force": true, "backup": true, "mode": "0600"}`, Files: old},
		{Name: "get_url, new", Module: "get_url", Args: `{"url": "` + s.URL + `/g", "dest": "@W@/g"}`},
		{Name: "get_url, tmp_dest", Module: "get_url", Args: `{"url": "` + s.URL + `/f", "dest": "@W@/f", "force": true, "tmp_dest": "@W@/t"}`, Files: old, Setup: []string{"mkdir t"}},
		{Name: "uri", Module: "uri", Args: `{"url": "` + s.URL + `/f", "dest": "@W@/f", "force": true}`, Files: old},
	}, map[string]string{
		"wait_for": "it waits",
	})
}
