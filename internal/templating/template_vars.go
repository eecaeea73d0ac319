package templating

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// templateVars are the variables that describe a template to itself.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/template_module.html
func (e *Engine) templateVars(src, path, dest string) map[string]value.Value {
	host, _ := os.Hostname()
	full, err := filepath.Abs(path)
	if err != nil {
		full = path
	}
	vars := map[string]value.Value{
		"template_host":     value.NewStr(host),
		"template_path":     value.NewStr(src),
		"template_fullpath": value.NewStr(full),
		"template_run_date": value.NewNaiveDateTime(e.o.Now()),
		"template_destpath": value.Value(value.None),
		"ansible_managed":   value.NewMarkedStr(e.o.Managed, value.Marks{Trusted: true}),
	}
	if dest != "" {
		vars["template_destpath"] = value.NewStr(dest)
	}
	if info, err := os.Stat(full); err == nil {
		vars["template_mtime"] = value.NewNaiveDateTime(info.ModTime())
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			vars["template_uid"] = owner(st.Uid)
		}
	}
	return vars
}

// owner is the name of a user of the control node, or the number of one without a name.
func owner(uid uint32) value.Value {
	if u, err := user.LookupId(strconv.Itoa(int(uid))); err == nil {
		return value.NewStr(u.Username)
	}
	return value.NewInt(int64(uid))
}
