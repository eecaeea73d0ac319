package facts

import "strings"

var _ = Set.Add(Collector{
	Name: "ssh_pub_keys", Min: true, Run: sshPubKeys,
	Also: []string{"ssh_host_key_dsa_public", "ssh_host_key_ecdsa_public", "ssh_host_key_ed25519_public", "ssh_host_key_rsa_public", "ssh_host_pub_keys"},
})

// sshPubKeys reads the host keys of the SSH server, from the first folder that has any.
func sshPubKeys(g *Gathering) {
	for _, dir := range []string{"/etc/ssh", "/etc/openssh", "/etc"} {
		found := false
		for _, kind := range []string{"dsa", "rsa", "ecdsa", "ed25519"} {
			f := strings.Fields(g.read(dir + "/ssh_host_" + kind + "_key.pub"))
			if len(f) < 2 {
				continue
			}
			found = true
			g.set("ssh_host_key_"+kind+"_public", f[1])
			g.set("ssh_host_key_"+kind+"_public_keytype", f[0])
		}
		if found {
			return
		}
	}
}
