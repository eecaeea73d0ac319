package become

// Doas becomes another user with doas(1), which asks for a password at a terminal alone.
// Source: https://docs.ansible.com/ansible/latest/collections/community/general/doas_become.html
var Doas = Set.Add(Method{
	Name: "doas",
	Plan: func(o Options, _, command string) Plan {
		quiet := "-n"
		if o.HasPassword {
			quiet = ""
		}
		return Plan{
			Command: words(o.exe("doas"), o.flags(""), quiet, "-u "+Quote(o.user()), command), Terminal: o.HasPassword,
			Asks: func(out string) bool { return asks(out, o.Prompts) },
		}
	},
	incorrect:  []string{"Authentication failed", "Authorization failed", "Permission denied"},
	missing:    []string{"Authorization required", "Authentication required"},
	noTerminal: []string{"a tty is required"},
})
