package lookups

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv"
)

// hashiVaultOptions are those that the lookups of community.hashi_vault share: where the server is and how to log in. Variables of the
// environment, ANSIBLE_HASHI_VAULT_* and then VAULT_*, count where neither an argument nor a variable sets one; package hcv reads them.
var hashiVaultOptions = []Option{
	{Name: "url", Type: Str, Var: "ansible_hashi_vault_url", Help: "The address of the server; VAULT_ADDR without it."},
	{Name: "namespace", Type: Str, Var: "ansible_hashi_vault_namespace", Help: "The namespace; VAULT_NAMESPACE without it."},
	{
		Name: "auth_method", Type: Str, Var: "ansible_hashi_vault_auth_method", Choices: hcv.Methods,
		Help: "How to log in; a token by default. aws_iam and azure are not supported.",
	},
	{Name: "mount_point", Type: Str, Var: "ansible_hashi_vault_mount_point", Help: "Where the method is mounted, unless at its own name."},
	{Name: "token", Type: Str, Var: "ansible_hashi_vault_token", Help: "The token; VAULT_TOKEN or the token file without it."},
	{Name: "token_path", Type: Str, Var: "ansible_hashi_vault_token_path", Help: "The folder of the token file; the home folder without it."},
	{Name: "token_file", Type: Str, Var: "ansible_hashi_vault_token_file", Help: "The name of the token file; .vault-token without it."},
	{Name: "token_validate", Type: Bool, Var: "ansible_hashi_vault_token_validate", Help: "Ask the server whether the token is good before it is used."},
	{Name: "username", Type: Str, Var: "ansible_hashi_vault_username", Help: "The user, for userpass and ldap."},
	{Name: "password", Type: Str, Var: "ansible_hashi_vault_password", Help: "The user's password."},
	{Name: "role_id", Type: Str, Var: "ansible_hashi_vault_role_id", Help: "The role id of approle, the role of jwt, kubernetes and cert."},
	{Name: "secret_id", Type: Str, Var: "ansible_hashi_vault_secret_id", Help: "The secret id of approle."},
	{Name: "jwt", Type: Str, Help: "The JSON Web Token, for jwt and kubernetes."},
	{Name: "ca_cert", Aliases: []string{"cacert"}, Type: Str, Var: "ansible_hashi_vault_ca_cert", Help: "The file with the certificate of the server's authority."},
	{Name: "validate_certs", Type: Bool, Var: "ansible_hashi_vault_validate_certs", Help: "Verify the server's certificate; yes unless VAULT_SKIP_VERIFY is set."},
	{Name: "cert_auth_public_key", Type: Str, Help: "The file with the client's certificate."},
	{Name: "cert_auth_private_key", Type: Str, Help: "The file with the key of the client's certificate."},
	{Name: "proxies", Var: "ansible_hashi_vault_proxies", Help: "The address of a proxy, or a dict with one for http and one for https."},
	{Name: "timeout", Type: Int, Var: "ansible_hashi_vault_timeout", Help: "Seconds to wait for the server."},
	{Name: "retries", Type: Int, Var: "ansible_hashi_vault_retries", Help: "How often a request that met no server, or one that could not answer, is tried again; 3 without it."},
	{Name: "aws_access_key", Help: "Not supported.", Aliases: []string{"aws_access_key_id"}},
	{Name: "aws_secret_key", Help: "Not supported.", Aliases: []string{"aws_secret_access_key"}},
	{Name: "aws_security_token", Help: "Not supported."},
	{Name: "aws_profile", Help: "Not supported.", Aliases: []string{"boto_profile"}},
	{Name: "aws_iam_server_id", Help: "Not supported."},
	{Name: "region", Help: "Not supported."},
	{Name: "azure_client_id", Var: "ansible_hashi_vault_azure_client_id", Help: "Not supported."},
	{Name: "azure_client_secret", Var: "ansible_hashi_vault_azure_client_secret", Help: "Not supported."},
	{Name: "azure_resource", Var: "ansible_hashi_vault_azure_resource", Help: "Not supported."},
	{Name: "azure_tenant_id", Var: "ansible_hashi_vault_azure_tenant_id", Help: "Not supported."},
	{Name: "retry_action", Var: "ansible_hashi_vault_retry_action", Help: "Not supported: retries are not told."},
}

// unsupported reports whether an option is known to the collection alone.
func (c *Call) unsupported(name string) bool {
	return slices.ContainsFunc(c.def.Options, func(o Option) bool {
		return strings.HasPrefix(o.Help, "Not supported") && (o.Name == name || contains(o.Aliases, name))
	})
}

func (c *Call) refuse(name string) error {
	return &Error{Msg: fmt.Sprintf("the option %s is not supported", name), Help: "docs/hashicorp-vault.md tells the ways to log in"}
}

// hashiVault logs in.
func (c *Call) hashiVault(ctx context.Context) (*hcv.Client, error) {
	for _, o := range c.def.Options {
		if c.given[o.Name] && c.unsupported(o.Name) && !(o.Name == "retry_action" && c.str(o.Name) == "ignore") {
			return nil, c.refuse(o.Name)
		}
	}
	config, err := hcv.FromEnviron(c.Getenv, c.expand("~"))
	if err != nil {
		return nil, err
	}
	if err := c.configure(&config); err != nil {
		return nil, err
	}
	client, err := hcv.Open(ctx, config)
	if err != nil {
		return nil, hashiVaultErr(err, "", "")
	}
	return client, nil
}

// configure sets what arguments and variables say.
func (c *Call) configure(config *hcv.Config) error {
	if !c.given["url"] {
		if v, ok, err := c.Variable("ansible_hashi_vault_addr"); err != nil {
			return err
		} else if ok {
			if err := c.setNamed("url", v); err != nil {
				return err
			}
		}
	}
	auth := &config.Auth
	for name, to := range map[string]*string{
		"url": &config.Address, "namespace": &config.Namespace, "auth_method": &auth.Method, "mount_point": &auth.Mount, "username": &auth.Username,
		"role_id": &auth.Role, "ca_cert": &config.TLS.CACert, "cert_auth_public_key": &config.TLS.ClientCert, "cert_auth_private_key": &config.TLS.ClientKey,
	} {
		if s := c.str(name); c.given[name] && s != "" {
			*to = s
		}
	}
	for name, to := range map[string]*secret.String{"token": &auth.Token, "password": &auth.Password, "secret_id": &auth.SecretID, "jwt": &auth.JWT} {
		if s := c.str(name); c.given[name] && s != "" {
			*to = secret.New(s)
		}
	}
	for _, path := range []*string{&config.TLS.CACert, &config.TLS.ClientCert, &config.TLS.ClientKey} {
		*path = c.expand(*path)
	}
	if c.given["token_path"] {
		auth.TokenFile = filepath.Join(c.expand(c.str("token_path")), filepath.Base(auth.TokenFile))
	}
	if c.given["token_file"] {
		auth.TokenFile = filepath.Join(filepath.Dir(auth.TokenFile), c.str("token_file"))
	}
	if c.given["token_validate"] {
		auth.Validate = c.bool("token_validate")
	}
	if c.given["validate_certs"] {
		config.TLS.Insecure = !c.bool("validate_certs")
	}
	if c.given["timeout"] {
		config.Timeout = time.Duration(c.int("timeout")) * time.Second
	}
	if c.given["retries"] {
		config.Retries = int(c.int("retries"))
	}
	return c.proxy(config)
}

// proxy takes the one for the scheme of the server's address.
func (c *Call) proxy(config *hcv.Config) error {
	v := c.option("proxies")
	if s, ok := v.(value.Str); ok && strings.HasPrefix(s.String(), "{") {
		parsed, err := value.FromJSON([]byte(s.String()))
		if err != nil {
			return fmt.Errorf("the option proxies is no JSON")
		}
		v = parsed
	}
	switch v := v.(type) {
	case value.Str:
		config.Proxy = v.String()
	case *value.Dict:
		scheme, _, _ := strings.Cut(config.Address, "://")
		one, ok, err := v.GetStr(scheme)
		if err != nil || !ok {
			return err
		}
		config.Proxy, err = value.Text(one)
		return err
	}
	return nil
}
