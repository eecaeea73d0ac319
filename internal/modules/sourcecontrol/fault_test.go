package sourcecontrol_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/sourcecontrol"
)

func TestFaults(t *testing.T) {
	clone := []string{"git init -q -b main ../r && cd ../r && echo x > f && git add f && GIT_COMMITTER_DATE=2020-01-01T00:00:00Z git -c user.name=a -c user.email=a@b commit -qm x --date=2020-01-01T00:00:00Z && git clone -q ../r ../w/d"}
	moduletest.RunFaults(t, &sourcecontrol.Set, modules.Find, []moduletest.Fault{
		{Name: "git, archive", Module: "git", Args: `{"repo": "@W@/../r", "dest": "@W@/d", "update": false, "archive": "@W@/a.tar"}`, Files: map[string]string{"a.tar": "old\n"}, Setup: clone},
	}, map[string]string{
		"subversion": "svn writes",
	})
}
