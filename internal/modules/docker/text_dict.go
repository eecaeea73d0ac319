package docker

import (
	"fmt"
	"strconv"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// textDict gives a dict argument with its values as texts, as labels have to be; nil stays nil. A truth is refused, since YAML makes one
// of words too.
func textDict(p *module.Params, name string) (*value.Dict, error) {
	return dictOfTexts(p, name, func(key string, truth value.Bool) (string, error) {
		text, err := value.Text(truth)
		if err != nil {
			return "", err
		}
		return "", fmt.Errorf("The value %s for '%s' of %s is not a string or something than can be safely converted to a string!", text, key, name)
	})
}

// driverOptions gives a dict argument with its values as texts, truths as "true" and "false".
func driverOptions(p *module.Params, name string) (*value.Dict, error) {
	return dictOfTexts(p, name, func(_ string, truth value.Bool) (string, error) { return strconv.FormatBool(bool(truth)), nil })
}

// dictOfTexts gives a dict argument with its values as texts, and what ofTruth makes of truths; nil stays nil.
func dictOfTexts(p *module.Params, name string, ofTruth func(key string, truth value.Bool) (string, error)) (*value.Dict, error) {
	d := p.Dict(name)
	if d == nil {
		return nil, nil
	}
	out := value.MakeDict(d.Len())
	for it := d.Iterate(); it.Next(); {
		key, err := value.Text(it.Key())
		if err != nil {
			return nil, err
		}
		var text string
		if truth, is := it.Stored().(value.Bool); is {
			text, err = ofTruth(key, truth)
		} else {
			text, err = value.Text(it.Stored())
		}
		if err != nil {
			return nil, err
		}
		out.SetStr(key, value.NewStr(text))
	}
	return out, nil
}

// compareDict notes where the wanted entries of a dict are not there, or others: all of them by one name where there is none at all.
func (r *report) compareDict(name string, wanted, have *value.Dict, whole bool) {
	if wanted == nil || wanted.Len() == 0 {
		return
	}
	if whole && (have == nil || have.Len() == 0) {
		if have == nil {
			have = value.NewDict()
		}
		r.differs(name, have, wanted)
		return
	}
	for it := wanted.Iterate(); it.Next(); {
		key, _, _ := it.Name()
		is := engine.At(have, key)
		if same(is, it.Stored()) {
			continue
		}
		r.differs(name+"."+key, is, it.Stored())
	}
}

// same reports whether two values are equal; nil is null.
func same(a, b value.Value) bool {
	eq, err := value.Equal(orNone(a), orNone(b))
	return eq && err == nil
}
