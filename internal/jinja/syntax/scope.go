package syntax

// What package resolve finds out about names, and package eval works with.

// Ref says where the value of a name is kept.
type Ref struct {
	Depth   int32 // how many functions further out
	Slot    int32 // in that function's activation
	Resolve bool  // while the slot is empty, the name is looked up in the context; else it is undefined
	Export  bool  // of a name that is stored: it is a variable of the template, which blocks and includes see
}

// Visible is a variable that is seen from some place.
type Visible struct {
	Name string
	Ref  Ref
}

// Scope is what must be done when a body with variables of its own is entered.
type Scope struct {
	Clear []int32 // the slots that are emptied
	Alias []Alias // and those that begin with the value of an outer variable
}

// Alias copies From into Slot.
type Alias struct {
	Slot int32
	From Ref
}

// LoopScope is the scope of a loop: entered once for each turn.
type LoopScope struct {
	Body, Else, Test Scope
	Loop             int32 // slot of the loop object, -1 when the body does not look at it
	Func             *Func // of a recursive loop: its body is a function
}

// Func is a function of its own: the template's body, a block, a macro, the body of a call, a recursive loop.
type Func struct {
	Slots  int   // size of an activation
	Scope  Scope // to be entered first
	Params []int32
	// The slots of what is passed without being named, -1 for what the body does not look at: in a macro caller, kwargs
	// and varargs, in a block and in the template's body self, in a block super.
	Caller, Kwargs, Varargs int32
	Self, Super             int32
	ExplicitCaller          bool // caller is one of the parameters
}
