package docker

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }

// sizeText is a number of bytes with a unit, as Ansible reads it.
var sizeText = lazyregexp.New(`^\s*(\d*\.?\d*)\s*([A-Za-z]+)?$`)

// units are the powers of 1024 by their letters.
const units = "BKMGTPEZY"

// bytesOf reads "64M".
func bytesOf(s string) (int64, error) {
	m := sizeText().FindStringSubmatch(s)
	if m == nil || m[1] == "" {
		return 0, fmt.Errorf("human_to_bytes() can't interpret following string: %s", s)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, fmt.Errorf("human_to_bytes() can't interpret following number: %s (original input string: %s)", m[1], s)
	}
	factor := 1.0
	if m[2] != "" {
		at := strings.IndexByte(units, strings.ToUpper(m[2])[0])
		if at < 0 {
			return 0, fmt.Errorf("human_to_bytes() failed to convert %s (unit = %s). The suffix must be one of %s", s, m[2], strings.Join(strings.Split("Y, Z, E, P, T, G, M, K, B", ", "), ", "))
		}
		factor = math.Pow(1024, float64(at))
	}
	return int64(math.RoundToEven(n * factor)), nil
}

func byteCount(p *module.Params, name string) (value.Value, error) {
	s := p.Str(name)
	if name == "memory_swap" && (s == "unlimited" || s == "-1") {
		return value.NewInt(-1), nil
	}
	n, err := bytesOf(s)
	if err != nil {
		return nil, refuse("Failed to convert %s to bytes: %v", name, err)
	}
	return value.NewInt(n), nil
}

func nanoCPUs(p *module.Params, name string) (value.Value, error) {
	return value.NewInt(int64(math.RoundToEven(p.Float(name) * 1e9))), nil
}

// texts gives a dict with its values as texts.
func texts(p *module.Params, name string) (value.Value, error) {
	d, err := textDict(p, name)
	if err != nil {
		return nil, &refusal{err.Error()}
	}
	p.Show(name, d)
	return d, nil
}

func devices(p *module.Params, name string) (value.Value, error) {
	out := value.NewList()
	for _, s := range p.Strs(name) {
		parts := strings.Split(s, ":")
		host, in, how := parts[0], parts[0], "rwm"
		if len(parts) > 1 {
			in = parts[1]
		}
		if len(parts) > 2 {
			how = parts[2]
		}
		out.Append(value.DictOf("PathOnHost", value.NewStr(host), "PathInContainer", value.NewStr(in), "CgroupPermissions", value.NewStr(how)))
	}
	return out, nil
}

func deviceRates(p *module.Params, name string) (value.Value, error) {
	out := value.NewList()
	for _, e := range p.List(name) {
		rate := engine.At(e, "rate")
		if s, ok := rate.(value.Str); ok {
			n, err := bytesOf(s.String())
			if err != nil {
				return nil, refuse("%v", err)
			}
			rate = value.NewInt(n)
		}
		out.Append(value.DictOf("Path", engine.At(e, "path"), "Rate", rate))
	}
	return out, nil
}

func deviceRequests(p *module.Params, name string) (value.Value, error) {
	out := value.NewList()
	for _, e := range p.List(name) {
		d := value.NewDict()
		for _, k := range [][2]string{{"driver", "Driver"}, {"count", "Count"}, {"device_ids", "DeviceIDs"}, {"capabilities", "Capabilities"}, {"options", "Options"}} {
			d.SetStr(k[1], orNone(engine.At(e, k[0])))
		}
		out.Append(d)
	}
	return out, nil
}

func etcHosts(p *module.Params, name string) (value.Value, error) {
	out := value.NewList()
	for it := p.Dict(name).Iterate(); it.Next(); {
		host, _, _ := it.Name()
		address, err := value.Text(it.Stored())
		if err != nil {
			return nil, err
		}
		out.Append(value.NewStr(host + ":" + address))
	}
	return out, nil
}

func tmpfs(p *module.Params, name string) (value.Value, error) {
	out := value.NewDict()
	for _, s := range p.Strs(name) {
		at, how, _ := strings.Cut(s, ":")
		out.SetStr(at, value.NewStr(how))
	}
	return out, nil
}

func ulimits(p *module.Params, name string) (value.Value, error) {
	out := value.NewList()
	for _, s := range p.Strs(name) {
		parts := strings.Split(s, ":")
		if len(parts) < 2 {
			return nil, refuse("Error occurred when processing %s: %q is no limit: NAME:SOFT:HARD", name, s)
		}
		soft, err := strconv.ParseInt(parts[1], 10, 64)
		hard := soft
		if err == nil && len(parts) > 2 && parts[2] != "" {
			hard, err = strconv.ParseInt(parts[2], 10, 64)
		}
		if err != nil {
			return nil, refuse("Error occurred when processing %s: %v", name, err)
		}
		out.Append(value.DictOf("Name", value.NewStr(parts[0]), "Soft", value.NewInt(soft), "Hard", value.NewInt(hard)))
	}
	return out, nil
}

// durationText is a duration with the units that the engine's own program takes.
var durationText = lazyregexp.New(`^(\d+(h|m|s|ms|us))+$`)

// nanoseconds reads a duration as "1m30s".
func nanoseconds(s string) (int64, error) {
	if !durationText().MatchString(s) {
		return 0, refuse("Invalid time duration - %s", s)
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, refuse("Invalid time duration - %s", s)
	}
	return d.Nanoseconds(), nil
}
