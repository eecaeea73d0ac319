package syntax

// Kind is the kind of a token.
type Kind uint8

// The kinds of tokens.
const (
	EOF Kind = iota
	DataTok
	VariableBegin
	VariableEnd
	BlockBegin
	BlockEnd
	NameTok
	StringTok
	IntTok
	FloatTok
	Add
	Sub
	Div
	FloorDiv
	Mul
	Mod
	PowTok
	Tilde
	LBracket
	RBracket
	LParen
	RParen
	LBrace
	RBrace
	Eq
	Ne
	Gt
	GtEq
	Lt
	LtEq
	AssignTok
	Dot
	Colon
	Pipe
	Comma
	Semicolon
)

var kindNames = [...]string{
	EOF: "end of template", DataTok: "template data / text", VariableBegin: "begin of print statement",
	VariableEnd: "end of print statement", BlockBegin: "begin of statement block", BlockEnd: "end of statement block",
	NameTok: "name", StringTok: "string", IntTok: "integer", FloatTok: "float",
	Add: "+", Sub: "-", Div: "/", FloorDiv: "//", Mul: "*", Mod: "%", PowTok: "**", Tilde: "~",
	LBracket: "[", RBracket: "]", LParen: "(", RParen: ")", LBrace: "{", RBrace: "}",
	Eq: "==", Ne: "!=", Gt: ">", GtEq: ">=", Lt: "<", LtEq: "<=", AssignTok: "=",
	Dot: ".", Colon: ":", Pipe: "|", Comma: ",", Semicolon: ";",
}

// String gives the name of the kind as error messages have it.
func (k Kind) String() string { return kindNames[k] }

// token is one token; text is a name, the content of a string, a number or the data.
type token struct {
	kind Kind
	off  int32
	text string
}

// is reports whether t is the name word.
func (t token) is(word string) bool { return t.kind == NameTok && t.text == word }

func (t token) describe() string {
	if t.kind == NameTok {
		return t.text
	}
	return t.kind.String()
}

var twoByteOps = map[string]Kind{
	"//": FloorDiv, "**": PowTok, "==": Eq, "!=": Ne, ">=": GtEq, "<=": LtEq,
}

var oneByteOps = [128]Kind{
	'+': Add, '-': Sub, '/': Div, '*': Mul, '%': Mod, '~': Tilde, '[': LBracket, ']': RBracket, '(': LParen,
	')': RParen, '{': LBrace, '}': RBrace, '>': Gt, '<': Lt, '=': AssignTok, '.': Dot, ':': Colon, '|': Pipe,
	',': Comma, ';': Semicolon,
}
