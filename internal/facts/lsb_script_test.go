package facts

import (
	"maps"
	"testing"
)

// What the scripts of Debian 12 and 13 write was recorded from them.
func TestLSBScript(t *testing.T) {
	for _, tt := range []struct{ name, release, id, description, version, codename string }{
		{
			"debian", "ID=debian\nNAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n",
			"Debian", "Debian GNU/Linux 12 (bookworm)", "12", "bookworm",
		},
		{
			"ubuntu", "# that of Ubuntu\n\nID=ubuntu\nNAME='Ubuntu'\nPRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\n",
			"Ubuntu", "Ubuntu 24.04.1 LTS", "24.04", "noble",
		},
		{"name_in_capitals", "ID=raspbian\nNAME=\"RASPBIAN\"\nVERSION_ID=\n", "RASPBIAN", "n/a", "n/a", "n/a"},
		{"other_name", "ID=linuxmint\nNAME=\"Linux Mint\"\n", "Linuxmint", "n/a", "n/a", "n/a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := lsbLines(tt.release, func(string) string { return "" })
			want := map[string]string{"Distributor ID": tt.id, "Description": tt.description, "Release": tt.version, "Codename": tt.codename}
			if !ok || !maps.Equal(got, want) {
				t.Errorf("got %q, %v; want %q", got, ok, want)
			}
		})
	}
}

// Whatever a shell could read otherwise is left to the script.
func TestLSBScriptInDoubt(t *testing.T) {
	none := func(string) string { return "" }
	for name, release := range map[string]string{
		"no_id": "NAME=x\n", "an_escape": "ID=x\nPRETTY_NAME=Mint\\ 22\n", "a_variable": "ID=x\nNAME=\"$HOME\"\n", "not_ascii": "ID=\"éa\"\n",
		"a_command": "ID=x\ntrue\n", "two_words": "ID=x NAME=y\n", "a_substitution": "ID=`x`\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := lsbLines(release, none); ok {
				t.Errorf("got %q", got)
			}
		})
	}
	if _, ok := lsbLines("ID=x\n", func(name string) string { return map[string]string{"VERSION_ID": "7"}[name] }); ok {
		t.Error("what comes from the environment is left out")
	}
}
