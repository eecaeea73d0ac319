package syntax

// Node is a node of the tree. Off is where it begins, an offset in its Text.
type Node interface{ At() int32 }

// Off is the place of a node in its Text.
type Off int32

// At returns the offset.
func (o Off) At() int32 { return int32(o) }

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// Stmt is a statement, or text.
type Stmt interface {
	Node
	stmt()
}

// Template is a whole template.
type Template struct {
	Off
	Text *Text
	Body []Stmt
}

// The expressions.
type (
	// Name is a variable. Ref is set by package resolve.
	Name struct {
		Off
		ID  string
		Ref Ref
	}
	// NSRef is the target of {% set name.attr = … %}.
	NSRef struct {
		Off
		Name *Name
		Attr string
	}
	// Const is None, True or False.
	Const struct {
		Off
		Value any // nil or bool
	}
	// Number is an integer or a float as it is written.
	Number struct {
		Off
		Text  string
		Float bool
	}
	// String is a string literal; literals that stand side by side are one.
	String struct {
		Off
		Text string
	}
	// List is [a, b].
	List struct {
		Off
		Items []Expr
	}
	// Tuple is (a, b), or a, b as a target.
	Tuple struct {
		Off
		Items []Expr
	}
	// Dict is {a: b}.
	Dict struct {
		Off
		Keys, Values []Expr
	}
	// Cond is Then if Test else Else; Else may be nil.
	Cond struct {
		Off
		Test, Then, Else Expr
	}
	// Unary is not, - or +.
	Unary struct {
		Off
		Op string
		X  Expr
	}
	// Binary is and, or, +, -, *, /, //, % or **.
	Binary struct {
		Off
		Op   string
		L, R Expr
	}
	// Concat is a ~ b ~ c.
	Concat struct {
		Off
		Items []Expr
	}
	// Compare is a chain of comparisons: X Ops[0] Operands[0] Ops[1] ….
	Compare struct {
		Off
		X        Expr
		Ops      []string // ==, !=, <, <=, >, >=, in, not in
		Operands []Expr
	}
	// GetAttr is X.Name.
	GetAttr struct {
		Off
		X    Expr
		Name string
	}
	// GetItem is X[Key].
	GetItem struct {
		Off
		X, Key Expr
	}
	// Slice is a:b:c within brackets; each part may be nil.
	Slice struct {
		Off
		Start, Stop, Step Expr
	}
	// Call is Func(args).
	Call struct {
		Off
		Func Expr
		Args Args
	}
	// Filter is X | Name(args). X is nil for the text of a filter block or a set block.
	Filter struct {
		Off
		X    Expr
		Name string
		Args Args
	}
	// Test is X is Name(args).
	Test struct {
		Off
		X    Expr
		Name string
		Args Args
	}
)

// Args are the arguments of a call.
type Args struct {
	Pos   []Expr
	Names []string // of the keyword arguments
	Vals  []Expr   // and their values
	Star  Expr     // *args, or nil
	Stars Expr     // **kwargs, or nil
}

// Each calls f for every argument.
func (a *Args) Each(f func(Expr)) {
	for _, e := range a.Pos {
		f(e)
	}
	for _, e := range a.Vals {
		f(e)
	}
	if a.Star != nil {
		f(a.Star)
	}
	if a.Stars != nil {
		f(a.Stars)
	}
}

// The statements.
type (
	// Data is text outside of tags.
	Data struct {
		Off
		Text string
	}
	// Output is {{ X }}.
	Output struct {
		Off
		X Expr
	}
	// If is if, elif and else: an elif is an If that is alone in Else.
	If struct {
		Off
		Test Expr
		Body []Stmt
		Else []Stmt
		Elif bool // Else is one If, an elif
	}
	// For is a loop.
	For struct {
		Off
		Target    Expr
		Iter      Expr
		Test      Expr // or nil
		Body      []Stmt
		Else      []Stmt
		Recursive bool

		TestTarget Expr // set by resolve: Target as Test sees it
		Scope      LoopScope
	}
	// Set is {% set Target = Value %}.
	Set struct {
		Off
		Target Expr
		Value  Expr
	}
	// SetBlock is {% set Target | filter %}…{% endset %}.
	SetBlock struct {
		Off
		Target Expr
		Filter Expr // a Filter whose innermost X is nil, or nil
		Body   []Stmt
		Scope  Scope
	}
	// With is {% with a = 1 %}.
	With struct {
		Off
		Targets []Expr
		Values  []Expr
		Body    []Stmt
		Scope   Scope
	}
	// Macro is a macro; Name.ID is "caller" and Call is set for the body of a call block.
	Macro struct {
		Off
		Name     *Name
		Params   []*Name
		Defaults []Expr // of the last parameters
		Body     []Stmt
		Func     *Func
	}
	// CallBlock is {% call(params) f() %}…{% endcall %}.
	CallBlock struct {
		Off
		Call   *Call
		Caller *Macro
	}
	// FilterBlock is {% filter f %}…{% endfilter %}.
	FilterBlock struct {
		Off
		Filter Expr // a Filter whose innermost X is nil
		Body   []Stmt
		Scope  Scope
	}
	// Block is a named block.
	Block struct {
		Off
		Name             string
		Scoped, Required bool
		Body             []Stmt
		Func             *Func
		Visible          []Visible // of a scoped block: the variables around it
	}
	// Extends names the parent template.
	Extends struct {
		Off
		Template Expr
	}
	// Include puts another template in.
	Include struct {
		Off
		Template      Expr
		IgnoreMissing bool
		WithContext   bool
		Visible       []Visible
	}
	// Import binds a template's module to a name.
	Import struct {
		Off
		Template    Expr
		Target      *Name
		WithContext bool
		Visible     []Visible
	}
	// FromImport binds names of a template's module.
	FromImport struct {
		Off
		Template    Expr
		Names       []string
		Targets     []*Name
		WithContext bool
		Visible     []Visible
	}
	// Do evaluates an expression and drops the value.
	Do struct {
		Off
		X Expr
	}
	// Break and Continue are the loop controls.
	Break    struct{ Off }
	Continue struct{ Off }
	// Autoescape switches escaping.
	Autoescape struct {
		Off
		X     Expr
		Body  []Stmt
		Scope Scope
	}
)

func (*Name) expr()    {}
func (*NSRef) expr()   {}
func (*Const) expr()   {}
func (*Number) expr()  {}
func (*String) expr()  {}
func (*List) expr()    {}
func (*Tuple) expr()   {}
func (*Dict) expr()    {}
func (*Cond) expr()    {}
func (*Unary) expr()   {}
func (*Binary) expr()  {}
func (*Concat) expr()  {}
func (*Compare) expr() {}
func (*GetAttr) expr() {}
func (*GetItem) expr() {}
func (*Slice) expr()   {}
func (*Call) expr()    {}
func (*Filter) expr()  {}
func (*Test) expr()    {}

func (*Data) stmt()        {}
func (*Output) stmt()      {}
func (*If) stmt()          {}
func (*For) stmt()         {}
func (*Set) stmt()         {}
func (*SetBlock) stmt()    {}
func (*With) stmt()        {}
func (*Macro) stmt()       {}
func (*CallBlock) stmt()   {}
func (*FilterBlock) stmt() {}
func (*Block) stmt()       {}
func (*Extends) stmt()     {}
func (*Include) stmt()     {}
func (*Import) stmt()      {}
func (*FromImport) stmt()  {}
func (*Do) stmt()          {}
func (*Break) stmt()       {}
func (*Continue) stmt()    {}
func (*Autoescape) stmt()  {}
