package module

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Hidden is what stands where the value of a no_log argument was.
const Hidden = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

// Censor returns v without the secrets: a text or number that is one becomes Hidden, one that contains it has stars in
// its place. Keys stay as they are. v is not changed.
func Censor(v value.Value, secrets []string) value.Value {
	if len(secrets) == 0 {
		return v
	}
	switch x := v.(type) {
	case value.Str:
		s := x.String()
		for _, sec := range secrets {
			if s == sec {
				return value.NewStr(Hidden)
			}
		}
		return value.WithMarks(value.NewStr(CensorText(s, secrets)), value.MarksOf(x))
	case value.Int, value.Float:
		s := text(x)
		for _, sec := range secrets {
			if s == sec || strings.Contains(s, sec) {
				return value.NewStr(Hidden)
			}
		}
	case *value.List:
		out := value.NewList()
		for _, e := range x.Stored() {
			out.Append(Censor(e, secrets))
		}
		return out
	case *value.Dict:
		out := value.NewDict()
		for it := x.Iterate(); it.Next(); {
			_ = out.Set(it.Key(), Censor(it.Stored(), secrets))
		}
		return out
	}
	return v
}

// CensorText puts stars in the place of every secret in s.
func CensorText(s string, secrets []string) string {
	for _, sec := range secrets {
		s = strings.ReplaceAll(s, sec, secret.Mask)
	}
	return s
}
