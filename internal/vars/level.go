package vars

// Level is a level of precedence. A higher one wins.
type Level uint8

// The levels, the weakest first. Those of the inventory are one here: Inventory.Layers gives its parts in order (group
// variables of inventory files, then group_vars/all beside inventory and playbook, then group_vars of the groups, then those of the
// host in the same order).
const (
	RoleDefaults    Level = iota + 1
	InventoryVars         // groups and hosts, of inventory sources, group_vars and host_vars
	Facts                 // host facts and set_fact with cacheable
	PlayVars              // the play's vars
	PromptVars            // vars_prompt
	VarsFiles             // vars_files
	RoleVars              // vars/main of roles
	RoleKeywordVars       // the vars given where a role is used
	BlockVars             // vars of blocks and of apply
	TaskVars              // vars of the task
	IncludedVars          // include_vars
	ImportVars            // vars of import_tasks and import_role
	SetFacts              // set_fact and registered variables
	RoleParams            // parameters of a role
	IncludeParams         // vars of include_tasks and include_role, and of their loop
	ExtraVars             // -e
	levels
)

var levelNames = [levels]string{
	RoleDefaults: "role defaults", InventoryVars: "inventory", Facts: "facts", PlayVars: "play vars", PromptVars: "vars_prompt",
	VarsFiles: "vars_files", RoleVars: "role vars", RoleKeywordVars: "role keyword vars", BlockVars: "block vars", TaskVars: "task vars",
	IncludedVars: "include_vars", ImportVars: "import vars", SetFacts: "set_fact", RoleParams: "role params", IncludeParams: "include params",
	ExtraVars: "extra vars",
}

// String returns the level's name.
func (l Level) String() string {
	if l < levels && l > 0 {
		return levelNames[l]
	}
	return "no level"
}

var levelByName = func() map[string]Level {
	m := map[string]Level{}
	for l := RoleDefaults; l < levels; l++ {
		m[levelNames[l]] = l
	}
	return m
}()
