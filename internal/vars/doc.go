// Package vars knows which variables a task on a host sees: the levels of precedence as chains of frozen mappings, the
// magic variables, hostvars, and the files that variables come from.
//
// A Store holds the variables of a run. The runner writes into it (StartPlay, Register, SetFacts, AddFacts, …); the view of
// a task on a host is
//
//	v := store.Task("web1", task)       // implements templating.Vars
//	stored, ok := v.Lookup("http_port") // as it was written: the templating engine evaluates it when it is read
//
// A view is a short slice of pointers to mappings that it shares with all other views: nothing is copied for each host and
// task. It stays valid while its task runs.
//
// The order of the levels is that of ansible-core 2.19, recorded with one variable defined everywhere at once; it is finer
// than the documentation's list of 22:
// https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html#variable-precedence-where-should-i-put-a-variable
package vars
