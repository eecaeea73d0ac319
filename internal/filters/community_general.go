package filters

import (
	"hash/crc32"
	"strconv"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters/version"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "community.general.dict", Keeps: true, Func: dictOf, Sig: "dict_filter(sequence)"})
	_ = All.Add(Def{Name: "community.general.dict_kv", Keeps: true, Func: dictKV, Sig: "dict_kv(value, key)"})
	_ = All.Add(Def{Name: "community.general.version_sort", Keeps: true, Func: versionSort, Sig: "version_sort(value, reverse=False)"})
	_ = All.Add(Def{Name: "community.general.crc32", Func: crc32s, Sig: "crc32s(value)"})
	_ = All.Add(Def{Name: "community.general.counter", Keeps: true, Func: counter, Sig: "counter(sequence)"})
	_ = All.Add(Def{Name: "community.general.groupby_as_dict", Keeps: true, Func: groupbyAsDict, Sig: "groupby_as_dict(sequence, attribute)"})
)

func dictOf(c *Call) (value.Value, error) { return value.DictFrom(c.First(), nil) }

func dictKV(c *Call) (value.Value, error) {
	d := value.NewDict()
	return d, d.Set(c.Get("key"), c.First())
}

func versionSort(c *Call) (value.Value, error) {
	elems, err := value.Elems(c.First())
	if err != nil {
		return nil, err
	}
	reverse, err := c.Truth("reverse")
	if err != nil {
		return nil, err
	}
	sorted, err := value.Sorted(elems, func(v value.Value) (value.Value, error) {
		s, err := value.Text(v)
		return version.Loose(s), err
	}, reverse)
	return value.NewList(sorted...), err
}

func crc32s(c *Call) (value.Value, error) {
	s, ok := strOf(c.First())
	if !ok {
		return nil, fail("Invalid value type (%s) for crc32 (%s)", className(c.First()), shownRepr(c.First()))
	}
	return str(strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(s))), 16)), nil
}

// counter counts the elements of a sequence.
func counter(c *Call) (value.Value, error) {
	elems, err := value.Elems(c.First())
	if _, dict := c.First().(*value.Dict); dict || err != nil {
		return nil, fail("Argument for community.general.counter must be a sequence (string or list). %s is %s", shownRepr(c.First()), className(c.First()))
	}
	d := value.NewDict()
	for _, e := range elems {
		n, _, err := d.Get(e)
		if err != nil {
			return nil, fail("community.general.counter needs a sequence with hashable elements (int, float or str) - %s", err)
		}
		if n == nil {
			n = value.NewInt(0)
		}
		if n, err = value.Binary("+", n, value.NewInt(1)); err != nil {
			return nil, err
		}
		if err := d.Set(e, n); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func groupbyAsDict(c *Call) (value.Value, error) {
	if _, ok := c.First().(*value.List); !ok {
		return nil, fail("Input is not a sequence")
	}
	elems, err := value.Elems(c.First())
	if err != nil {
		return nil, err
	}
	out := value.NewDict()
	for i, e := range elems {
		e, err := value.Force(e)
		if err != nil {
			return nil, err
		}
		d, ok := e.(*value.Dict)
		if !ok {
			return nil, fail("Sequence element #%d is not a mapping", i)
		}
		key, ok, err := d.Get(c.Get("attribute"))
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fail("Attribute not contained in element #%d of sequence", i)
		}
		has, err := out.Contains(key)
		if err != nil {
			return nil, err
		}
		if has {
			return nil, fail("Multiple sequence entries have attribute value %s", shownRepr(key))
		}
		if err := out.Set(key, d); err != nil {
			return nil, err
		}
	}
	return out, nil
}
