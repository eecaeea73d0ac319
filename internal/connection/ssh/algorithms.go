package ssh

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// choose gives the algorithms that a list of ssh_config(5) means: names with commas between, which may be patterns; after
// "+" they are added to the usual ones, after "^" put before them, after "-" taken away. usual are those that are spoken when
// nobody says otherwise, insecure those that have to be asked for by name. A list of which nothing is spoken is an error.
func choose(text string, usual, insecure []string) ([]string, error) {
	all := slices.Concat(usual, insecure)
	rest := strings.TrimLeft(text, "+-^")
	var named []string
	for _, pattern := range strings.Split(rest, ",") {
		for _, name := range all {
			if fits, _ := path.Match(strings.TrimSpace(pattern), name); fits && !slices.Contains(named, name) {
				named = append(named, name)
			}
		}
	}
	isNamed := func(name string) bool { return slices.Contains(named, name) }
	others := slices.DeleteFunc(slices.Clone(usual), isNamed)
	switch {
	case strings.HasPrefix(text, "+"):
		named = slices.Concat(usual, slices.DeleteFunc(named, func(name string) bool { return slices.Contains(usual, name) }))
	case strings.HasPrefix(text, "-"):
		named = others
	case strings.HasPrefix(text, "^"):
		named = append(named, others...)
	}
	if len(named) == 0 {
		return nil, fmt.Errorf("%q names no algorithm that is supported: %s", text, strings.Join(all, ","))
	}
	return named, nil
}

// algorithms puts what the options say of algorithms into a configuration. Where they say nothing the library's are taken,
// which leave out those with known weaknesses.
func (p *plan) algorithms(c *ssh.Config) error {
	usual, insecure := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	for _, one := range []struct {
		keyword         string
		usual, insecure []string
		into            *[]string
	}{
		{"KexAlgorithms", usual.KeyExchanges, insecure.KeyExchanges, &c.KeyExchanges},
		{"Ciphers", usual.Ciphers, insecure.Ciphers, &c.Ciphers},
		{"MACs", usual.MACs, insecure.MACs, &c.MACs},
	} {
		text := p.opts.first(one.keyword)
		if text == "" {
			continue
		}
		var err error
		if *one.into, err = choose(text, one.usual, one.insecure); err != nil {
			return fmt.Errorf("%s: %w", one.keyword, err)
		}
	}
	return nil
}
