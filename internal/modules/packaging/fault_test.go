package packaging_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/packaging"
)

func TestFaults(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a key\n")) }))
	defer s.Close()
	moduletest.RunFaults(t, &packaging.Set, modules.Find, []moduletest.Fault{
		{Name: "rpm_key", Module: "rpm_key", Args: `{"state": "present", "key": "` + s.URL + `/key"}`, Files: map[string]string{
			"rpm": "#!/bin/sh\ncase $1 in -q) exit 1 ;; --import) cat \"$2\" > @W@/imported ;; esac\n",
			"gpg": "#!/bin/sh\nprintf 'pub:-:4096:1:0123456789ABCDEF:1:::-:::scESC:\\nfpr:::::::::00112233445566778899AABBCCDDEEFF00112233:\\n'\n",
		}, Setup: []string{"mkdir bin; mv rpm gpg bin; cp bin/gpg bin/gpg2; chmod 755 bin/*"}, Env: map[string]string{"PATH": "@W@/bin:/usr/bin:/bin"}},
	}, map[string]string{
		"apt_key":           "apt-key and gpg write",
		"debconf":           "debconf-set-selections writes",
		"dnf":               "dnf writes",
		"dnf5":              "dnf5 writes",
		"dpkg_selections":   "dpkg writes",
		"package_facts":     "it reads",
		"pacman":            "pacman writes",
		"zypper":            "zypper writes",
		"zypper_repository": "zypper writes",
	})
}
