package playbook

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// Keyword is a keyword of plays, roles, blocks, tasks and handlers.
// https://docs.ansible.com/ansible/latest/reference_appendices/playbooks_keywords.html
type Keyword uint8

// The keywords that are kept as Attrs. What gives the tree its shape (hosts, tasks, block, roles, …) is kept so too, as
// it was written.
const (
	noKeyword Keyword = iota
	AnyErrorsFatal
	Async
	Become
	BecomeExe
	BecomeFlags
	BecomeMethod
	BecomeUser
	ChangedWhen
	CheckMode
	Collections
	Connection
	Debugger
	Delay
	DelegateFacts
	DelegateTo
	Diff
	Environment
	FactPath
	FailedWhen
	ForceHandlers
	GatherFacts
	GatherSubset
	GatherTimeout
	Hosts
	IgnoreErrors
	IgnoreUnreachable
	Listen
	LoopControl
	MaxFailPercentage
	ModuleDefaults
	Name
	NoLog
	Notify
	Order
	Poll
	Port
	Register
	RemoteUser
	Retries
	RunOnce
	Serial
	Strategy
	Tags
	Throttle
	Timeout
	Until
	Vars
	VarsFilesKeyword
	VarsPromptKeyword
	When
	// the ones that give a tree its shape
	ActionKeyword
	AlwaysKeyword
	ArgsKeyword
	BlockKeyword
	HandlersKeyword
	LocalAction
	LoopKeyword
	PostTasksKeyword
	PreTasksKeyword
	RescueKeyword
	RoleKeyword
	RolesKeyword
	TasksKeyword
	UserKeyword // the old spelling of RemoteUser, on plays
	lastKeyword
)

// ValueType is what a keyword's value must be once it is templated.
type ValueType uint8

// The types of keywords' values.
const (
	AnyType     ValueType = iota
	StringType            // text; numbers are turned into it
	BoolType              // Ansible's bool: true, yes, on, 1, "true", …
	IntType               // a whole number, or a text that is one
	FloatType             // a number, or a text that is one
	PercentType           // a number, perhaps with "%" after it
	ListType              // a list; one value counts as a list of one
	DictType
	ConditionType // a list of expressions
	ClassType     // a mapping with keys of its own (loop_control)
	TasksType     // a list of tasks and blocks
)

// Moment says when a keyword is templated.
type Moment uint8

// The moments of templating.
const (
	Never      Moment = iota // it is no template: register, listen, collections
	AtStart                  // before the play starts, with extra vars and the play's variables: hosts, serial, strategy, …
	BeforeTask               // for each host before the task's loop: loop, delegate_to, …
	EachItem                 // for each item of the loop: most keywords of tasks
	Implicit                 // an expression without braces: when, changed_when, failed_when, until
)

// Place is a set of the things that a keyword may stand on.
type Place uint8

// The places of keywords.
const (
	OnPlay Place = 1 << iota
	OnRole
	OnBlock
	OnTask
	OnHandler
	OnInclude        // include_tasks and include_role among tasks; the static imports take what tasks take
	OnImportPlaybook // import_playbook
	OnHandlerInclude // include_tasks among handlers
)

const (
	onTasks  = OnTask | OnHandler
	onAll    = OnPlay | OnRole | OnBlock | OnTask | OnHandler
	onInner  = OnRole | OnBlock | OnTask | OnHandler
	onBlocks = OnBlock | OnTask | OnHandler
)

type flag uint8

const (
	inherits   flag = 1 << iota // what is within may inherit it
	extends                     // the values of all scopes count, not the nearest one
	outerFirst                  // … with the outermost first
)

// keywordInfo is a row of the table of keywords.
type keywordInfo struct {
	name   string
	typ    ValueType
	on     Place
	moment Moment
	flags  flag
	def    value.Value // what applies when it is not written; nil: a setting or nothing
}

var keywords = [lastKeyword]keywordInfo{
	AnyErrorsFatal:    {"any_errors_fatal", BoolType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	Async:             {"async", IntType, onTasks, EachItem, 0, value.NewInt(0)},
	Become:            {"become", BoolType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	BecomeExe:         {"become_exe", StringType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	BecomeFlags:       {"become_flags", StringType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	BecomeMethod:      {"become_method", StringType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	BecomeUser:        {"become_user", StringType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	ChangedWhen:       {"changed_when", ConditionType, onTasks, Implicit, 0, nil},
	CheckMode:         {"check_mode", BoolType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	Collections:       {"collections", ListType, onAll | OnInclude, Never, inherits | extends, nil},
	Connection:        {"connection", StringType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	Debugger:          {"debugger", StringType, onAll | OnInclude | OnImportPlaybook, EachItem, inherits, nil},
	Delay:             {"delay", FloatType, onTasks, EachItem, 0, value.NewFloat(5)},
	DelegateFacts:     {"delegate_facts", BoolType, onInner, EachItem, inherits, nil},
	DelegateTo:        {"delegate_to", StringType, onInner, BeforeTask, inherits, nil},
	Diff:              {"diff", BoolType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	Environment:       {"environment", ListType, onAll | OnImportPlaybook, EachItem, inherits | extends | outerFirst, nil},
	FactPath:          {"fact_path", StringType, OnPlay, AtStart, 0, nil},
	FailedWhen:        {"failed_when", ConditionType, onTasks, Implicit, 0, nil},
	ForceHandlers:     {"force_handlers", BoolType, OnPlay, AtStart, 0, nil},
	GatherFacts:       {"gather_facts", BoolType, OnPlay, AtStart, 0, nil},
	GatherSubset:      {"gather_subset", ListType, OnPlay, AtStart, 0, nil},
	GatherTimeout:     {"gather_timeout", IntType, OnPlay, AtStart, 0, nil},
	Hosts:             {"hosts", ListType, OnPlay, AtStart, 0, nil},
	IgnoreErrors:      {"ignore_errors", BoolType, onAll | OnInclude | OnImportPlaybook, EachItem, inherits, nil},
	IgnoreUnreachable: {"ignore_unreachable", BoolType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	Listen:            {"listen", ListType, OnHandler | OnHandlerInclude, Never, 0, nil},
	LoopControl:       {"loop_control", ClassType, onTasks | OnInclude, BeforeTask, 0, nil},
	MaxFailPercentage: {"max_fail_percentage", PercentType, OnPlay, AtStart, 0, nil},
	ModuleDefaults:    {"module_defaults", ListType, onAll | OnImportPlaybook, EachItem, inherits | extends | outerFirst, nil},
	Name:              {"name", StringType, onAll | OnInclude | OnImportPlaybook, EachItem, 0, nil},
	NoLog:             {"no_log", BoolType, onAll | OnInclude | OnImportPlaybook, EachItem, inherits, nil},
	Notify:            {"notify", ListType, onBlocks, EachItem, inherits, nil},
	Order:             {"order", StringType, OnPlay, AtStart, 0, value.NewStr("inventory")},
	Poll:              {"poll", IntType, onTasks, EachItem, 0, value.NewInt(15)},
	Port:              {"port", IntType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	Register:          {"register", StringType, onTasks | OnInclude, Never, 0, nil},
	RemoteUser:        {"remote_user", StringType, onAll | OnImportPlaybook, EachItem, inherits, nil},
	Retries:           {"retries", IntType, onTasks, EachItem, 0, nil}, // 3 with until, else 0
	RunOnce:           {"run_once", BoolType, onAll | OnInclude | OnImportPlaybook, BeforeTask, inherits, nil},
	Serial:            {"serial", ListType, OnPlay, AtStart, 0, nil},
	Strategy:          {"strategy", StringType, OnPlay, AtStart, 0, nil},
	Tags:              {"tags", ListType, onAll | OnInclude | OnImportPlaybook, AtStart, inherits | extends, nil},
	Throttle:          {"throttle", IntType, onAll | OnImportPlaybook, BeforeTask, inherits, value.NewInt(0)},
	Timeout:           {"timeout", IntType, onAll | OnInclude | OnImportPlaybook, EachItem, inherits, nil},
	Until:             {"until", ConditionType, onTasks, Implicit, 0, nil},
	Vars:              {"vars", DictType, onAll | OnInclude | OnImportPlaybook, EachItem, 0, nil},
	VarsFilesKeyword:  {"vars_files", ListType, OnPlay, AtStart, 0, nil},
	VarsPromptKeyword: {"vars_prompt", ListType, OnPlay, AtStart, 0, nil},
	When:              {"when", ConditionType, onInner | OnInclude | OnImportPlaybook, Implicit, inherits | extends | outerFirst, nil},

	ActionKeyword:    {"action", AnyType, onTasks | OnInclude, EachItem, 0, nil},
	AlwaysKeyword:    {"always", TasksType, OnBlock, Never, 0, nil},
	ArgsKeyword:      {"args", DictType, onTasks | OnInclude, EachItem, 0, nil},
	BlockKeyword:     {"block", TasksType, OnBlock, Never, 0, nil},
	HandlersKeyword:  {"handlers", TasksType, OnPlay, Never, 0, nil},
	LocalAction:      {"local_action", AnyType, onTasks, EachItem, 0, nil},
	LoopKeyword:      {"loop", ListType, onTasks | OnInclude, BeforeTask, 0, nil},
	PostTasksKeyword: {"post_tasks", TasksType, OnPlay, Never, 0, nil},
	PreTasksKeyword:  {"pre_tasks", TasksType, OnPlay, Never, 0, nil},
	RescueKeyword:    {"rescue", TasksType, OnBlock, Never, 0, nil},
	RoleKeyword:      {"role", StringType, OnRole, Never, 0, nil},
	RolesKeyword:     {"roles", ListType, OnPlay, Never, 0, nil},
	TasksKeyword:     {"tasks", TasksType, OnPlay, Never, 0, nil},
	UserKeyword:      {"user", StringType, OnPlay, AtStart, 0, nil},
}

var keywordByName = func() map[string]Keyword {
	m := make(map[string]Keyword, lastKeyword)
	for k := noKeyword + 1; k < lastKeyword; k++ {
		m[keywords[k].name] = k
	}
	return m
}()

// keywordNames returns the names of the keywords that may stand there.
func keywordNames(p Place) []string {
	var names []string
	for k := noKeyword + 1; k < lastKeyword; k++ {
		if k.AllowedOn(p) {
			names = append(names, keywords[k].name)
		}
	}
	return names
}

// Keywords returns all keywords, in no particular order.
func Keywords() []Keyword {
	out := make([]Keyword, 0, lastKeyword)
	for k := noKeyword + 1; k < lastKeyword; k++ {
		out = append(out, k)
	}
	return out
}

// KeywordNamed returns the keyword of that name, or false. `with_…` is no keyword of its own: see Task.LoopWith.
func KeywordNamed(name string) (Keyword, bool) {
	k, ok := keywordByName[name]
	return k, ok
}

// String returns the keyword as it is written in a playbook.
func (k Keyword) String() string { return keywords[k].name }

// Type returns what the keyword's value must be once it is templated.
func (k Keyword) Type() ValueType { return keywords[k].typ }

// Moment returns when the keyword is templated.
func (k Keyword) Moment() Moment { return keywords[k].moment }

// AllowedOn reports whether the keyword may stand there.
func (k Keyword) AllowedOn(p Place) bool { return keywords[k].on&p != 0 }

// Inherited reports whether tasks inherit the keyword from what is around them.
func (k Keyword) Inherited() bool { return keywords[k].flags&inherits != 0 }

// Extends reports whether the values of all scopes count and not the nearest one.
func (k Keyword) Extends() bool { return keywords[k].flags&extends != 0 }

func (k Keyword) outerFirst() bool { return keywords[k].flags&outerFirst != 0 }

// Default returns what applies when the keyword stands nowhere, or nil when that is a setting or nothing.
func (k Keyword) Default() value.Value { return keywords[k].def }
