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

// When says when a keyword is templated.
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
	OnInclude // include_tasks, import_tasks, include_role, import_role
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
	name    string
	typ     ValueType
	on      Place
	moment  Moment
	flags   flag
	def     value.Value // what applies when it is not written; nil: a setting or nothing
	include bool        // may stand on include_… and import_… tasks
}

var keywords = [lastKeyword]keywordInfo{
	AnyErrorsFatal:    {"any_errors_fatal", BoolType, onAll, EachItem, inherits, nil, true},
	Async:             {"async", IntType, onTasks, EachItem, 0, value.NewInt(0), false},
	Become:            {"become", BoolType, onAll, EachItem, inherits, nil, true},
	BecomeExe:         {"become_exe", StringType, onAll, EachItem, inherits, nil, true},
	BecomeFlags:       {"become_flags", StringType, onAll, EachItem, inherits, nil, true},
	BecomeMethod:      {"become_method", StringType, onAll, EachItem, inherits, nil, true},
	BecomeUser:        {"become_user", StringType, onAll, EachItem, inherits, nil, true},
	ChangedWhen:       {"changed_when", ConditionType, onTasks, Implicit, 0, nil, false},
	CheckMode:         {"check_mode", BoolType, onAll, EachItem, inherits, nil, true},
	Collections:       {"collections", ListType, onAll, Never, inherits | extends, nil, true},
	Connection:        {"connection", StringType, onAll, EachItem, inherits, nil, true},
	Debugger:          {"debugger", StringType, onAll, EachItem, inherits, nil, true},
	Delay:             {"delay", FloatType, onTasks, EachItem, 0, value.NewInt(5), false},
	DelegateFacts:     {"delegate_facts", BoolType, onInner, EachItem, inherits, nil, false},
	DelegateTo:        {"delegate_to", StringType, onInner, BeforeTask, inherits, nil, false},
	Diff:              {"diff", BoolType, onAll, EachItem, inherits, nil, true},
	Environment:       {"environment", ListType, onAll, EachItem, inherits | extends | outerFirst, nil, true},
	FactPath:          {"fact_path", StringType, OnPlay, AtStart, 0, nil, false},
	FailedWhen:        {"failed_when", ConditionType, onTasks, Implicit, 0, nil, false},
	ForceHandlers:     {"force_handlers", BoolType, OnPlay, AtStart, 0, nil, false},
	GatherFacts:       {"gather_facts", BoolType, OnPlay, AtStart, 0, nil, false},
	GatherSubset:      {"gather_subset", ListType, OnPlay, AtStart, 0, nil, false},
	GatherTimeout:     {"gather_timeout", IntType, OnPlay, AtStart, 0, nil, false},
	Hosts:             {"hosts", ListType, OnPlay, AtStart, 0, nil, false},
	IgnoreErrors:      {"ignore_errors", BoolType, onAll, EachItem, inherits, nil, true},
	IgnoreUnreachable: {"ignore_unreachable", BoolType, onAll, EachItem, inherits, nil, true},
	Listen:            {"listen", ListType, OnHandler, Never, 0, nil, false},
	LoopControl:       {"loop_control", ClassType, onTasks, BeforeTask, 0, nil, true},
	MaxFailPercentage: {"max_fail_percentage", PercentType, OnPlay, AtStart, 0, nil, false},
	ModuleDefaults:    {"module_defaults", ListType, onAll, EachItem, inherits | extends | outerFirst, nil, true},
	Name:              {"name", StringType, onAll, EachItem, 0, nil, true},
	NoLog:             {"no_log", BoolType, onAll, EachItem, inherits, nil, true},
	Notify:            {"notify", ListType, onBlocks, EachItem, inherits | extends, nil, false},
	Order:             {"order", StringType, OnPlay, AtStart, 0, value.NewStr("inventory"), false},
	Poll:              {"poll", IntType, onTasks, EachItem, 0, value.NewInt(15), false},
	Port:              {"port", IntType, onAll, EachItem, inherits, nil, true},
	Register:          {"register", StringType, onTasks, Never, 0, nil, true},
	RemoteUser:        {"remote_user", StringType, onAll, EachItem, inherits, nil, true},
	Retries:           {"retries", IntType, onTasks, EachItem, 0, nil, false}, // 3 with until, else 0
	RunOnce:           {"run_once", BoolType, onAll, BeforeTask, inherits, nil, true},
	Serial:            {"serial", ListType, OnPlay, AtStart, 0, nil, false},
	Strategy:          {"strategy", StringType, OnPlay, AtStart, 0, nil, false},
	Tags:              {"tags", ListType, onAll, AtStart, inherits | extends, nil, true},
	Throttle:          {"throttle", IntType, onAll, BeforeTask, inherits, value.NewInt(0), true},
	Timeout:           {"timeout", IntType, onAll, EachItem, inherits, nil, true},
	Until:             {"until", ConditionType, onTasks, Implicit, 0, nil, false},
	Vars:              {"vars", DictType, onAll, EachItem, 0, nil, true},
	VarsFilesKeyword:  {"vars_files", ListType, OnPlay, AtStart, 0, nil, false},
	VarsPromptKeyword: {"vars_prompt", ListType, OnPlay, AtStart, 0, nil, false},
	When:              {"when", ConditionType, onInner, Implicit, inherits | extends | outerFirst, nil, true},

	ActionKeyword:    {"action", AnyType, onTasks, EachItem, 0, nil, true},
	AlwaysKeyword:    {"always", TasksType, OnBlock, Never, 0, nil, false},
	ArgsKeyword:      {"args", DictType, onTasks, EachItem, 0, nil, true},
	BlockKeyword:     {"block", TasksType, OnBlock, Never, 0, nil, false},
	HandlersKeyword:  {"handlers", TasksType, OnPlay, Never, 0, nil, false},
	LocalAction:      {"local_action", AnyType, onTasks, EachItem, 0, nil, false},
	LoopKeyword:      {"loop", ListType, onTasks, BeforeTask, 0, nil, true},
	PostTasksKeyword: {"post_tasks", TasksType, OnPlay, Never, 0, nil, false},
	PreTasksKeyword:  {"pre_tasks", TasksType, OnPlay, Never, 0, nil, false},
	RescueKeyword:    {"rescue", TasksType, OnBlock, Never, 0, nil, false},
	RoleKeyword:      {"role", StringType, OnRole, Never, 0, nil, false},
	RolesKeyword:     {"roles", ListType, OnPlay, Never, 0, nil, false},
	TasksKeyword:     {"tasks", TasksType, OnPlay, Never, 0, nil, false},
	UserKeyword:      {"user", StringType, OnPlay, AtStart, 0, nil, false},
}

var keywordByName = func() map[string]Keyword {
	m := make(map[string]Keyword, lastKeyword)
	for k := noKeyword + 1; k < lastKeyword; k++ {
		m[keywords[k].name] = k
	}
	return m
}()

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
func (k Keyword) AllowedOn(p Place) bool {
	if p == OnInclude {
		return keywords[k].include
	}
	return keywords[k].on&p != 0
}

// Inherited reports whether tasks inherit the keyword from what is around them.
func (k Keyword) Inherited() bool { return keywords[k].flags&inherits != 0 }

// Extends reports whether the values of all scopes count and not the nearest one.
func (k Keyword) Extends() bool { return keywords[k].flags&extends != 0 }

func (k Keyword) outerFirst() bool { return keywords[k].flags&outerFirst != 0 }

// Default returns what applies when the keyword stands nowhere, or nil when that is a setting or nothing.
func (k Keyword) Default() value.Value { return keywords[k].def }
