// Package event is what happens in a run, as typed events in the order in which they happen. Everything that shows or
// records a run consumes them; nothing that runs does.
package event

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Event is one of the types of this package.
type Event interface{ isEvent() }

// Sink takes events. A run calls it from one goroutine at a time.
type Sink interface {
	Handle(Event)
}

// Task is what those who show a run know of a task; all events of the task on all hosts have the same one.
type Task struct {
	ID      int         // its number in the run, from 1 on; a task that runs again, in another batch say, keeps it
	Title   string      // "role : name", with the action where there is no name
	Name    string      // the name alone, "" when there is none
	Action  string      // as the task names it
	Args    *value.Dict // as they are written: untemplated
	Handler bool
	Check   bool // it runs in check mode
	NoLog   bool // nothing of it may be shown but its name
	Pos     source.Pos
}

// PlaybookStart begins a playbook.
type PlaybookStart struct {
	Path      string
	Plays     int
	CheckMode bool
}

// PlayStart begins a play, or one more batch of it. Name is what its banner shows.
type PlayStart struct {
	Play      int // its number in the run, from 1 on
	Name      string
	CheckMode bool
	Pos       source.Pos
}

// NoHostsMatched says that the play has no hosts.
type NoHostsMatched struct{}

// NoHostsRemaining says that all hosts have failed.
type NoHostsRemaining struct{}

// TaskStart begins a task; hosts' results follow.
type TaskStart struct{ *Task }

// HostStart says that a task begins on a host.
type HostStart struct {
	Host string
	Task *Task
}

// HostResult is what came of a task on a host.
type HostResult struct {
	Host      string
	Delegated string // the host that it ran on instead, "" when none
	Task      *Task
	Included  bool // it is an include that brought something in: an Included follows that tells what
	Result    *result.Result
}

// ItemResult is what came of one item of a loop on a host.
type ItemResult HostResult

// Retry says that a task with `until` is tried again.
type Retry struct {
	Host      string
	Delegated string
	Task      *Task
	Title     string // the task's name as it is on this host
	Left      int
	Result    *result.Result
}

// Included says that a file or a role was included for some hosts.
type Included struct {
	Task  *Task
	File  string
	Hosts []string
	Label string      // what is shown of the loop's item
	Vars  *value.Dict // the loop's variables; nil without a loop
	Item  bool        // it is one item of a loop
}

// Warning is a "[WARNING]" to the user. Pos may be the zero Pos.
type Warning struct {
	Text string
	Pos  source.Pos
	Help string // what stands below the place, "" for nothing
}

// Error is an "[ERROR]" to the user that belongs to no result. Pos may be the zero Pos.
type Error struct {
	Text    string
	Pos     source.Pos
	Help    string // what stands below the place, "" for nothing
	Wrapped bool   // ansible-core wraps it in an error of the same text, and tells both
}

// Deprecation is a "[DEPRECATION WARNING]" to the user.
type Deprecation struct {
	Text string
	Pos  source.Pos
	Help string // what stands below the place, "" for nothing
}

// Note is a line for the user that is neither a result nor a warning, shown from the given verbosity on.
type Note struct {
	Text      string
	Verbosity int
}

// AsyncState says how it stands with a job on a target.
type AsyncState uint8

// The states of a job.
const (
	AsyncPoll   AsyncState = iota // it was asked after and goes on
	AsyncOK                       // it ended well
	AsyncFailed                   // it failed, or its time is over
)

// Async tells of a job that a task with `async` waits for.
type Async struct {
	Host, JobID       string
	State             AsyncState
	Started, Finished bool // what the target says, for AsyncPoll
}

// Prompt is a question to the user, who answers in the same line.
type Prompt struct{ Text string }

// Asked says that a question was answered, and repeats it.
type Asked struct{ Text string }

// Notified says that a task notified a handler on a host.
type Notified struct{ Handler, Host string }

// RunEnd ends the run of a playbook: what to tell in the recap, sorted by host.
type RunEnd struct {
	Hosts     []HostStats
	Custom    []CustomStats // of set_stats: those of hosts, sorted, then those of the run
	CheckMode bool
}

// CustomStats are the values that set_stats set for a host, or for the run when Host is "".
type CustomStats struct {
	Host   string
	Values *value.Dict
}

// HostStats counts what came of tasks on a host.
type HostStats struct {
	Host                                                        string
	OK, Changed, Unreachable, Failed, Skipped, Rescued, Ignored int
}

func (PlaybookStart) isEvent()    {}
func (PlayStart) isEvent()        {}
func (NoHostsMatched) isEvent()   {}
func (NoHostsRemaining) isEvent() {}
func (TaskStart) isEvent()        {}
func (HostStart) isEvent()        {}
func (HostResult) isEvent()       {}
func (ItemResult) isEvent()       {}
func (Retry) isEvent()            {}
func (Included) isEvent()         {}
func (Warning) isEvent()          {}
func (Error) isEvent()            {}
func (Deprecation) isEvent()      {}
func (Note) isEvent()             {}
func (Async) isEvent()            {}
func (Prompt) isEvent()           {}
func (Asked) isEvent()            {}
func (Notified) isEvent()         {}
func (RunEnd) isEvent()           {}
