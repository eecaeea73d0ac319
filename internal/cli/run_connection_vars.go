package cli

import (
	"strconv"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// connectionVars are the variables of connections that templates see where no host and no task says otherwise, as ansible-core 2.19
// has them: what options and settings say.
func (r *run) connectionVars() map[string]value.Value {
	o := &r.req.options.connectionOptions
	text := func(option, setting string) string {
		if t := o.connectionOption(option); t != "" {
			return t
		}
		return r.settings.Text(setting)
	}
	vars := map[string]value.Value{
		"ansible_shell_type":       value.NewStr("sh"),
		"ansible_shell_executable": value.NewStr(r.settings.String("DEFAULT_EXECUTABLE")),
	}
	kind := o.connection
	if kind == "" {
		kind = r.settings.Text("DEFAULT_TRANSPORT")
	}
	if kind == "smart" {
		kind = "ssh"
	}
	vars["ansible_connection"] = value.NewStr(kind)
	if user := text("user", "DEFAULT_REMOTE_USER"); user != "" {
		vars["ansible_user"] = value.NewStr(user)
	}
	if key := o.privateKey; key != "" {
		vars["ansible_private_key_file"] = value.NewStr(r.abs(key))
	} else if key := r.settings.Path("DEFAULT_PRIVATE_KEY_FILE"); key != "" {
		vars["ansible_private_key_file"] = value.NewStr(key)
	}
	for name, said := range map[string]string{"ansible_timeout": text("timeout", "DEFAULT_TIMEOUT"), "ansible_port": r.settings.Text("DEFAULT_REMOTE_PORT")} {
		if n, err := strconv.ParseInt(said, 10, 64); err == nil {
			vars[name] = value.NewInt(n)
		}
	}
	return vars
}
