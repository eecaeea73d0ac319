package hcv

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

// login gets a token by the method of the Config.
func (c *Client) login(ctx context.Context) error {
	a := c.config.Auth
	mount := func(usual string) string {
		if a.Mount != "" {
			return "auth/" + clean(a.Mount)
		}
		return "auth/" + usual
	}
	switch a.Method {
	case "none":
		return nil
	case "", "token":
		return c.withToken(ctx)
	case "approle":
		if a.Role == "" {
			return missing(a.Method, "role id", "ANSIBLE_HASHI_VAULT_ROLE_ID")
		}
		body := map[string]any{"role_id": a.Role}
		if !a.SecretID.IsZero() {
			body["secret_id"] = a.SecretID.Reveal()
		}
		return c.post(ctx, mount("approle")+"/login", body)
	case "jwt":
		jwt, err := a.jwt("")
		if err != nil {
			return err
		}
		return c.post(ctx, mount("jwt")+"/login", map[string]any{"role": a.Role, "jwt": jwt.Reveal()})
	case "kubernetes":
		jwt, err := a.jwt(ServiceAccountToken)
		if err != nil {
			return err
		}
		if a.Role == "" {
			return missing(a.Method, "role", "ANSIBLE_HASHI_VAULT_ROLE_ID")
		}
		return c.post(ctx, mount("kubernetes")+"/login", map[string]any{"role": a.Role, "jwt": jwt.Reveal()})
	case "userpass", "ldap":
		if a.Username == "" || a.Password.IsZero() {
			return missing(a.Method, "user name and a password", "ANSIBLE_HASHI_VAULT_USERNAME and ANSIBLE_HASHI_VAULT_PASSWORD")
		}
		return c.post(ctx, mount(a.Method)+"/login/"+a.Username, map[string]any{"password": a.Password.Reveal()})
	case "cert":
		body := map[string]any{}
		if a.Role != "" {
			body["name"] = a.Role
		}
		return c.post(ctx, mount("cert")+"/login", body)
	}
	d := &diag.Error{Msg: "there is no way to log in to HashiCorp Vault that is called " + a.Method}
	if near := diag.Nearest(a.Method, Methods); near != "" {
		return d.Hint("did you mean %q?", near)
	}
	return d.Hint("there are %s", strings.Join(Methods, ", "))
}

func (c *Client) withToken(ctx context.Context) error {
	a := c.config.Auth
	token := a.Token
	if token.IsZero() && a.TokenFile != "" {
		var err error
		if token, err = readSecret(a.TokenFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &diag.Error{Msg: "the token of HashiCorp Vault cannot be read: " + err.Error(), Cause: err}
		}
	}
	if token.IsZero() {
		d := &diag.Error{Msg: "there is no token for HashiCorp Vault at " + c.config.Address}
		return d.Hint("set VAULT_TOKEN, or log in with the vault program, which writes %s, or choose another way with ANSIBLE_HASHI_VAULT_AUTH_METHOD (%s)",
			a.TokenFile, strings.Join(Methods[1:], ", "))
	}
	c.api.SetToken(token.Reveal())
	if !a.Validate {
		return nil
	}
	if _, err := c.api.Auth().Token().LookupSelfWithContext(ctx); err != nil {
		return c.explain(ctx, "read", "auth/token/lookup-self", err)
	}
	return nil
}

// post logs in.
func (c *Client) post(ctx context.Context, path string, body map[string]any) error {
	answer, err := c.api.Logical().WriteWithContext(ctx, path, body)
	if err != nil {
		return c.loginRefused(ctx, path, err)
	}
	if answer == nil || answer.Auth == nil || answer.Auth.ClientToken == "" {
		return &diag.Error{Msg: "the login at " + path + " gave no token"}
	}
	c.api.SetToken(answer.Auth.ClientToken)
	c.lent = true
	return nil
}

// jwt gives the JSON Web Token: itself, or from its file, or from the one named fallback.
func (a Auth) jwt(fallback string) (secret.String, error) {
	path := a.JWTFile
	switch {
	case !a.JWT.IsZero():
		return a.JWT, nil
	case path == "":
		path = fallback
	}
	if path == "" {
		return secret.String{}, missing(a.Method, "JSON Web Token", "ANSIBLE_HASHI_VAULT_JWT or KIMAI_HASHI_VAULT_JWT_FILE")
	}
	jwt, err := readSecret(path)
	if err != nil {
		d := &diag.Error{Msg: "the JSON Web Token for HashiCorp Vault cannot be read: " + err.Error(), Cause: err}
		return jwt, d.Hint("ANSIBLE_HASHI_VAULT_JWT holds it, or KIMAI_HASHI_VAULT_JWT_FILE names its file")
	}
	return jwt, nil
}

func readSecret(path string) (secret.String, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return secret.String{}, err
	}
	defer clear(data)
	return secret.New(strings.TrimSpace(string(data))), nil
}

func missing(method, what, variables string) error {
	d := &diag.Error{Msg: "to log in to HashiCorp Vault by " + method + ", a " + what + " is needed"}
	return d.Hint("set %s", variables)
}
