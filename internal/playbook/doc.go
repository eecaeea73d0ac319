// Package playbook holds the parsed tree of a playbook: plays, blocks, tasks, handlers and roles, each with the place it
// was written at. It knows no hosts and runs nothing; values stay as they were written, untemplated.
//
// The way through it:
//
//	l := &playbook.Loader{RolesPath: …}
//	plays, err := l.LoadPlaybook(ctx, "site.yml")     // []*Play; static imports and roles are expanded
//	for _, p := range plays {
//		for _, section := range p.Compile() {       // pre_tasks, roles, tasks, post_tasks, each with its flush_handlers
//			for _, block := range section.Blocks { … block.Tasks, block.Rescue, block.Always … }
//		}
//	}
//
// A node of those lists is a *Block or a *Task. A task knows its module (Action, as written), its arguments (Args) and
// its own keywords (Attrs); what it inherits from blocks, roles, imports and the play is found along its chain of scopes:
// task.Inherited(playbook.Become). When an include_tasks or include_role task runs, the executor asks the same loader
// for the blocks behind it:
//
//	blocks, err := l.LoadTasksFile(ctx, playbook.TasksRequest{Task: t, File: "templated.yml"}) // []*Block
//	role, err := l.LoadRole(ctx, playbook.RoleRequest{Task: t, Name: "web"})                  // *Role
//
// What is wrong with a playbook comes back as a diag.List or *diag.Error with every finding; errors.As with *Verdict gives
// the text and the exit code of ansible-core 2.19 for it.
//
// In the way of the data it stands after settings and before preflight, variables and the executor.
package playbook
