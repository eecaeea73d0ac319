// Package jinjabench holds the templates that the speed of the Jinja library is measured with, and their data, for the
// benchmarks of the library and for the comparison with the real Jinja2.
package jinjabench

import (
	"embed"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

//go:embed *.j2
var templates embed.FS

// Jinja2 is the program that measures the real Jinja2; it says itself how it is used.
//
//go:embed jinja2.py
var Jinja2 string

// Names are the templates: servers has 200 lines with a loop over the hosts, loop is that loop at its barest, filters
// goes through the hosts with filters, numbers only calculates.
var Names = []string{"servers", "loop", "filters", "numbers"}

// Text returns the template called name, one of Names.
func Text(name string) string {
	text, err := templates.ReadFile(name + ".j2")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Data gives the variables that the templates use, with n hosts.
func Data(n int) *value.Dict {
	str := func(format string, args ...any) value.Value { return value.NewStr(fmt.Sprintf(format, args...)) }
	num := func(n int) value.Value { return value.NewInt(int64(n)) }
	settings := value.NewDict()
	for i := 0; i < 40; i += 2 {
		settings.SetStr(fmt.Sprintf("opt%d", i), str("value %d", i))
	}
	hosts := value.NewList()
	for i := range n {
		hosts.Append(value.DictOf(
			"name", str("Host%d.example.org", i), "aliases", value.NewList(str("a%d", i), str("b%d", i)),
			"port", num(8000+i%100), "ssl", value.Bool(i%3 == 0),
			"protocols", value.NewList(str("TLSv1.2"), str("TLSv1.3")), "weight", num(i%4),
			"locations", value.NewList(
				value.DictOf("path", str("/"), "backend", str("app"), "port", num(i%50), "cache", num(20)),
				value.DictOf("path", str("/static"), "backend", str("cdn"), "port", num(1)),
			),
		))
	}
	return value.DictOf("name", str("example"), "settings", settings, "hosts", hosts)
}
