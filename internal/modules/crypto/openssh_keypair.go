package crypto

import (
	"bytes"
	"context"
	"crypto"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "community.crypto.openssh_keypair", Redirects: []string{"ansible.builtin.openssh_keypair", "community.general.openssh_keypair"},
	Check: module.Full, Diff: module.Full, FileArgs: true, Run: runKeypair,
	Args: module.Args{
		{Name: "path", Type: module.Path, Required: true, Help: "The file of the private key; the public one is beside it with .pub."},
		{Name: "state", Default: "present", Choices: []string{"present", "absent"}, Help: "Whether there are to be keys."},
		{Name: "type", Default: "rsa", Choices: []string{"rsa", "dsa", "rsa1", "ecdsa", "ed25519"}, Help: "The kind of the keys; dsa and rsa1 are refused."},
		{Name: "size", Type: module.Int, Help: "Bits of the key: 4096 for rsa, 256, 384 or 521 for ecdsa."},
		{Name: "comment", Help: "The comment of the public key."},
		{Name: "passphrase", NoLog: true, Help: "The passphrase of the private key."},
		{Name: "private_key_format", Default: "auto", Choices: []string{"auto", "pkcs1", "pkcs8", "ssh"}, Help: "How a new private key is written, with the backend cryptography; auto is OpenSSH's own."},
		{Name: "backend", Default: "auto", Choices: []string{"auto", "cryptography", "opensshbin"}, Help: "No program is needed; with opensshbin neither passphrase nor format can be chosen."},
		{Name: "regenerate", Default: "partial_idempotence", Choices: []string{"never", "fail", "partial_idempotence", "full_idempotence", "always"}, Help: "When new keys may be made."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Make new keys in any case."},
	},
	Doc: module.Doc{
		Short:    "Make pairs of keys for SSH.",
		Notes:    []string{"A passphrase together with the backend opensshbin is refused: Ansible's module makes a key without one then."},
		Examples: "- community.crypto.openssh_keypair:\n    path: /root/.ssh/id_ed25519\n    type: ed25519\n    comment: root@example.com\n",
		Returns: []module.Return{
			{Name: "filename", Type: "str", When: "success", Help: "The file of the private key."},
			{Name: "public_key", Type: "str", When: "success", Help: "The public key without its comment."},
			{Name: "fingerprint", Type: "str", When: "success", Help: "Its fingerprint."},
			{Name: "comment", Type: "str", When: "success", Help: "Its comment."},
			{Name: "type", Type: "str", When: "success", Help: "The kind that is wanted."},
			{Name: "size", Type: "int", When: "success", Help: "The size that is wanted."},
		},
	},
})

// keypair is one call.
type keypair struct {
	*file
	kind string
	size int
	have pair
}

// pair is what is known of the two files.
type pair struct {
	key       crypto.PrivateKey // nil when there is none or it can't be read
	public    ssh.PublicKey     // of key
	encrypted bool
	format    string // of the private key: ssh, pkcs1 or pkcs8
	pub       []byte // the public file, nil when there is none
	published bool   // the public file is that of key
	comment   string // of the public file
}

func runKeypair(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	k := &keypair{file: &file{sys: sys, p: p, r: &module.Result{}}, kind: p.Str("type")}
	if err := k.arguments(); err != nil {
		return k.result(err)
	}
	f, failed := open(sys, p)
	if failed != nil {
		return *failed, nil
	}
	k.file = f
	return k.result(k.run())
}

func (k *keypair) run() error {
	if info, err := k.sys.Stat(k.path); err == nil && info.IsDir() {
		return &fileattr.Failure{Msg: k.path + " is a directory. Please specify a path to a file."}
	}
	readErr := k.read()
	before := k.info()
	var err error
	if k.p.Str("state") == "absent" {
		err = k.erase()
		k.tell()
		k.show(before, value.NewDict())
		return err
	}
	switch regenerate, rerr := k.mustGenerate(readErr); {
	case rerr != nil:
		return rerr
	case regenerate:
		err = k.generate()
	case !k.have.published:
		err = k.publish(k.p.Str("comment"), false)
	case k.p.Has("comment") && k.p.Str("comment") != k.have.comment:
		err = k.recomment()
	}
	if err == nil {
		err = k.attrs()
	}
	if err == nil {
		err = k.publicAttrs()
	}
	if err != nil {
		return err
	}
	k.tell()
	k.show(before, k.info())
	return nil
}

// arguments checks kind and size.
func (k *keypair) arguments() error {
	given := int(k.p.Int("size"))
	k.size = given
	fail := func(text string) error { return &fileattr.Failure{Msg: text} }
	switch k.kind {
	case "rsa", "rsa1":
		if !k.p.Has("size") {
			k.size = 4096
		} else if given < 1024 {
			return fail("For RSA keys, the minimum size is 1024 bits and the default is 4096 bits. Attempting to use bit lengths under 1024 will cause the module to fail.")
		}
	case "ecdsa":
		if !k.p.Has("size") {
			k.size = 256
		} else if given != 256 && given != 384 && given != 521 {
			return fail("For ECDSA keys, size determines the key length by selecting from one of three elliptic curve sizes: 256, 384 or 521 bits. " +
				"Attempting to use bit lengths other than these three values for ECDSA keys will cause this module to fail.")
		}
	case "ed25519":
		k.size = 256
	default:
		if k.p.Str("state") == "present" {
			return fail("unknown key type " + k.kind)
		}
	}
	if k.p.Has("passphrase") && k.p.Str("backend") == "opensshbin" {
		return fail("a passphrase can't be used with the backend opensshbin")
	}
	return nil
}

// read reads both files. The error is that of the private key.
func (k *keypair) read() error {
	if b, err := target.ReadFile(k.sys, k.path+".pub"); err == nil {
		k.have.pub = b
	}
	if k.old == nil {
		return nil
	}
	f, err := readSSHKey(k.old, k.p.Str("passphrase"))
	if err != nil {
		return err
	}
	k.have.key, k.have.format, k.have.encrypted = f.key, f.format, f.encrypted
	if k.have.public, err = ssh.NewPublicKey(publicOf(f.key)); err != nil {
		return err
	}
	if pub, comment, _, _, err := ssh.ParseAuthorizedKey(k.have.pub); err == nil && bytes.Equal(pub.Marshal(), k.have.public.Marshal()) {
		k.have.published, k.have.comment = true, comment
	}
	return nil
}

// info is what the diff tells of the pair.
func (k *keypair) info() *value.Dict {
	h := &k.have
	if h.key == nil {
		return value.NewDict()
	}
	format := "" // ssh-keygen does not tell it
	if !k.binary() {
		format = strings.ToUpper(h.format)
	}
	d := value.DictOf("size", module.V(sshBits(h.key)), "type", value.NewStr(sshKind(h.key)), "fingerprint", value.NewStr(ssh.FingerprintSHA256(h.public)),
		"format", value.NewStr(format))
	if h.published {
		d.SetStr("public_key", value.NewStr(base64Text(h.public.Marshal())))
		d.SetStr("comment", value.NewStr(h.comment))
	}
	return d
}

// tell sets the keys of the result.
func (k *keypair) tell() {
	h := &k.have
	public, finger := "", ""
	if h.key != nil {
		finger = ssh.FingerprintSHA256(h.public)
	}
	if h.key != nil && h.published {
		public = strings.TrimSpace(string(ssh.MarshalAuthorizedKey(h.public)))
	}
	k.r.Set("filename", k.path).Set("type", k.kind).Set("size", k.size).Set("fingerprint", finger).Set("public_key", public).Set("comment", h.comment)
}

// show sets the diff, where one is wanted.
func (k *keypair) show(before, after *value.Dict) {
	if k.p.Diff {
		k.diff(before, after)
	}
}
