package hcv

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
)

// The pause before the first retry, and the longest; it doubles in between.
const (
	minPause = 200 * time.Millisecond
	maxPause = 5 * time.Second
)

// maxAnswer bounds what is read of an answer, in bytes; the server itself refuses a secret of more than 1 MiB.
const maxAnswer = 8 << 20

// A Client is logged in. It may be used by several goroutines.
type Client struct {
	api    *api.Client
	config Config
	lent   bool // the token came of a login, and is given back by Close
}

// Open connects and logs in. An error that the user can mend is a *diag.Error with a hint. Close gives the token back.
func Open(ctx context.Context, c Config) (*Client, error) {
	if c.Address == "" {
		return nil, noAddress()
	}
	hc, err := c.httpClient()
	if err != nil {
		return nil, err
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	ac, err := api.NewClient(&api.Config{
		Address: c.Address, HttpClient: hc, Timeout: c.Timeout, MaxRetries: c.Retries, MinRetryWait: minPause, MaxRetryWait: maxPause, Backoff: pause,
	})
	if err != nil {
		return nil, badSetting(c.Address, err)
	}
	ac.ClearToken() // what the library has read of the environment by itself
	ac.ClearNamespace()
	if c.Namespace != "" {
		ac.SetNamespace(c.Namespace)
	}
	client := &Client{api: ac, config: c}
	if err := client.login(ctx); err != nil {
		return nil, err
	}
	return client, nil
}

// pause doubles from attempt to attempt, and obeys a server that says how long to wait.
func pause(low, high time.Duration, attempt int, resp *http.Response) time.Duration {
	if resp != nil {
		if d, err := time.ParseDuration(resp.Header.Get("Retry-After") + "s"); err == nil && d > 0 {
			return min(d, time.Minute)
		}
	}
	return min(low<<min(attempt, 10), high)
}

func (c Config) httpClient() (*http.Client, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if c.Proxy != "" {
		u, err := url.Parse(c.Proxy)
		if err != nil || u.Host == "" {
			return nil, badSetting(c.Address, errors.New("the address of the proxy cannot be read"))
		}
		t.Proxy = http.ProxyURL(u)
	}
	config := &api.Config{HttpClient: &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the library follows them
	}}
	err := config.ConfigureTLS(&api.TLSConfig{
		CACert: c.TLS.CACert, CACertBytes: []byte(c.TLS.CACertBytes), CAPath: c.TLS.CAPath, ClientCert: c.TLS.ClientCert, ClientKey: c.TLS.ClientKey,
		TLSServerName: c.TLS.ServerName, Insecure: c.TLS.Insecure,
	})
	if err != nil {
		return nil, badSetting(c.Address, err)
	}
	return config.HttpClient, nil
}

// Close gives back a token that came of a login. It waits for the server no longer than five seconds, and an error is of no
// interest: the token ends by itself.
func (c *Client) Close() {
	if !c.lent {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = c.api.Auth().Token().RevokeSelfWithContext(ctx, "")
	c.lent = false
}

// in gives the library's client for a namespace, "" for that of the Config.
func (c *Client) in(namespace string) *api.Client {
	if namespace == "" {
		return c.api
	}
	return c.api.WithNamespace(namespace)
}

// Raw reads a path of the API and gives the answer as it came, JSON. found is false when the server knows nothing at the
// path; there may be an answer then too, as for a version that was deleted.
func (c *Client) Raw(ctx context.Context, namespace, path string, params map[string][]string) (answer []byte, found bool, err error) {
	resp, err := c.in(namespace).Logical().ReadRawWithDataWithContext(ctx, path, params)
	if resp != nil && resp.Body != nil {
		defer resp.Body.Close()
		var rerr error
		answer, rerr = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err == nil {
			err = rerr
		}
	}
	var re *api.ResponseError
	if errors.As(err, &re) && re.StatusCode == http.StatusNotFound {
		return answer, false, nil
	}
	if err != nil {
		return nil, false, c.explain(ctx, "read", path, err)
	}
	return answer, true, nil
}

// write sends data to a path of the API.
func (c *Client) write(ctx context.Context, namespace, path string, data map[string]any) (map[string]any, error) {
	secret, err := c.in(namespace).Logical().WriteWithContext(ctx, path, data)
	if err != nil {
		return nil, err
	}
	if secret == nil {
		return nil, nil
	}
	return secret.Data, nil
}

func decode(answer []byte, into any) error {
	if len(bytes.TrimSpace(answer)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(answer))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	return nil
}

// clean is a path as the API takes it.
func clean(path string) string { return strings.Trim(strings.TrimPrefix(path, "/v1/"), "/") }
