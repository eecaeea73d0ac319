package value

import "github.com/seed-6d8ad27c/kimai-ansible/internal/source"

// Undefined stands for a value that is not there, or that could not be made. It travels through an expression and
// surfaces as an error where it is printed, compared or handed over for good; `default` and `is defined` see it.
type Undefined struct {
	Name string     // the variable or attribute that is missing, "" when there is no name
	Msg  string     // what is wrong, as the user is told
	Pos  source.Pos // where it was looked for
	At   source.Pos // the very place within the text at Pos, when it is known
	// Shown says that a list or dict with it can be shown, as Jinja2 does: [Undefined]. Else that is the error.
	Shown bool
	Err   error // set when it is not mere absence: a failure that `default` and `is defined` do not hide
}

// Type returns "Undefined".
func (*Undefined) Type() string { return "Undefined" }

// Truth is false, as Jinja's lenient undefined has it.
func (*Undefined) Truth() bool { return false }

// Missing is what values of other rooms implement that stand for something missing and yet can be printed: the error is
// that of calculating with one.
type Missing interface{ Missing() error }

// missing gives the error of the first of them that is Missing.
func missing(vs ...Value) error {
	for _, v := range vs {
		if m, ok := v.(Missing); ok {
			return m.Missing()
		}
	}
	return nil
}

// UndefinedError is the error of using an Undefined.
type UndefinedError struct{ Value *Undefined }

// Error gives what is wrong.
func (e *UndefinedError) Error() string {
	if e.Value.Err != nil {
		return "A captured exception marker was tripped: " + e.Value.Msg
	}
	return e.Value.Msg
}

// Unwrap returns the failure behind it, if there is one.
func (e *UndefinedError) Unwrap() error { return e.Value.Err }
