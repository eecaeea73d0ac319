package vars

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// reserved are the names that ansible-core 2.19 warns of when a variable has them: keywords and functions of templates.
var reserved = func() map[string]bool {
	names := map[string]bool{}
	for n := range strings.FieldsSeq(`action always any_errors_fatal args async become become_exe become_flags become_method become_user
		block changed_when check_mode collections connection cycler debugger delay delegate_facts delegate_to dict diff environment
		fact_path failed_when force_handlers gather_facts gather_timeout handlers hosts ignore_errors ignore_unreachable joiner lipsum
		local_action lookup loop loop_control max_fail_percentage module_defaults name namespace no_log notify now omit order poll port
		post_tasks pre_tasks q query range register remote_user rescue retries roles run_once serial strategy tags tasks throttle
		timeout undef until vars_files vars_prompt when with_ loop_with async_val`) {
		names[n] = true
	}
	return names
}()

// IsReserved reports whether a variable of that name is warned of: it means something else in Ansible.
func IsReserved(name string) bool { return reserved[name] }

// Reserved tells of each variable whose name means something else in Ansible, with its place and in Ansible's words.
func Reserved(d *value.Dict, tell func(*diag.Error)) {
	for it := d.Iterate(); it.Next(); {
		if key, ok := it.Key().(value.Str); ok && reserved[key.String()] {
			tell(diag.Errorf(value.OriginOf(key), "%s", fmt.Sprintf("Found variable using reserved name '%s'.", key)))
		}
	}
}
