package hcv

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/hashicorp/vault/api"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// ErrRefused is the cause of an error when the server does not allow what was asked for.
var ErrRefused = errors.New("permission denied")

// ErrNone is the cause of an error when there is no such secret.
var ErrNone = errors.New("no such secret")

func noAddress() error {
	d := &diag.Error{Msg: "the address of HashiCorp Vault is not known"}
	return d.Hint("set VAULT_ADDR, such as https://vault.example.com:8200")
}

func badSetting(address string, err error) error {
	d := &diag.Error{Msg: fmt.Sprintf("the settings for HashiCorp Vault at %s: %v", address, err), Cause: err}
	return d.Hint("see the variables VAULT_*")
}

// explain words what went wrong with a request: what is told by the server stands in it, and what to do in the hint.
func (c *Client) explain(ctx context.Context, capability, path string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var re *api.ResponseError
	if !errors.As(err, &re) {
		return c.unreachable(err)
	}
	told := strings.Join(re.Errors, "; ")
	d := &diag.Error{Cause: err}
	switch {
	case re.StatusCode == http.StatusForbidden && strings.Contains(told, "invalid token"):
		d.Msg, d.Cause = fmt.Sprintf("HashiCorp Vault at %s does not know the token (403)", c.config.Address), ErrRefused
		return d.Hint("it may have ended; log in again")
	case re.StatusCode == http.StatusForbidden:
		d.Msg, d.Cause = fmt.Sprintf("HashiCorp Vault at %s refuses to %s %s (403 permission denied)", c.config.Address, verb(capability), path), ErrRefused
		return d.Hint(`its policy needs: path "%s" { capabilities = [%s] }`, path, quoted(capability))
	case re.StatusCode == http.StatusServiceUnavailable && strings.Contains(told, "sealed"):
		d.Msg = fmt.Sprintf("HashiCorp Vault at %s is sealed", c.config.Address)
		return d.Hint("somebody who holds key shares must unseal it: vault operator unseal")
	}
	d.Msg = fmt.Sprintf("HashiCorp Vault at %s, %s: %d %s", c.config.Address, path, re.StatusCode, http.StatusText(re.StatusCode))
	if told != "" {
		d.Msg += ": " + told
	}
	return d
}

func verb(capability string) string {
	word, _, _ := strings.Cut(capability, ",")
	if word == "read" {
		return "read"
	}
	return "write"
}

func quoted(list string) string {
	return `"` + strings.ReplaceAll(list, ",", `", "`) + `"`
}

// loginRefused is explain for a login, whose refusals come as a 400 or a 403.
func (c *Client) loginRefused(ctx context.Context, path string, err error) error {
	var re *api.ResponseError
	if !errors.As(err, &re) || re.StatusCode >= 500 {
		return c.explain(ctx, "update", path, err)
	}
	d := &diag.Error{Cause: ErrRefused, Msg: fmt.Sprintf("HashiCorp Vault at %s refuses the login at %s: %s", c.config.Address, path, strings.Join(re.Errors, "; "))}
	if re.StatusCode == http.StatusNotFound {
		return d.Hint("the method is not enabled there; ANSIBLE_HASHI_VAULT_MOUNT_POINT names another place")
	}
	return d.Hint("look at the role and at what is logged in with; ANSIBLE_HASHI_VAULT_MOUNT_POINT says where the method is mounted")
}

// unreachable is for a request that met no server.
func (c *Client) unreachable(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err // without the method and the path
	}
	d := &diag.Error{Msg: fmt.Sprintf("HashiCorp Vault at %s cannot be reached: %v", c.config.Address, err), Cause: err}
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var verify *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return d.Hint("VAULT_CACERT or VAULT_CAPATH name the certificate of its authority")
	case errors.As(err, &host):
		return d.Hint("VAULT_TLS_SERVER_NAME sets the name that the certificate has")
	case errors.As(err, &verify):
		return d.Hint("look at the server's certificate")
	}
	return d.Hint("is VAULT_ADDR right, and does the server run?")
}
