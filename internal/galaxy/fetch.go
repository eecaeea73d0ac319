package galaxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Client fetches from the network and from git.
type Client struct {
	HTTP *http.Client
	// Environ is the environment of git; nil is the program's own.
	Environ []string
	// Temp is a folder for what is fetched.
	Temp string
	n    int
}

// NewClient gives a client. timeout is that of one request; insecure takes any certificate.
func NewClient(temp string, timeout time.Duration, insecure bool, environ []string) *Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: insecure, MinVersion: tls.VersionTLS12} //nolint:gosec // --ignore-certs
	return &Client{HTTP: &http.Client{Transport: t, Timeout: timeout}, Temp: temp, Environ: environ}
}

func (c *Client) temp(name string) string {
	c.n++
	return filepath.Join(c.Temp, fmt.Sprintf("%d-%s", c.n, name))
}

// IsURL reports whether a text is the address of an archive.
func IsURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "file://")
}

// Download gets a URL into a new file. auth is the value of the header Authorization, "" for none.
func (c *Client) Download(ctx context.Context, url, auth string) (string, error) {
	if path, local := strings.CutPrefix(url, "file://"); local {
		return path, nil
	}
	resp, err := c.get(ctx, url, auth)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	file := c.temp("download")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(f, io.LimitReader(resp.Body, maxArchiveBytes)); err != nil {
		f.Close()
		return "", fmt.Errorf("downloading %s: %w", url, err)
	}
	return file, f.Close()
}

// StatusError is an answer of a server that is no success.
type StatusError struct {
	URL    string
	Code   int
	Status string
}

// Error gives the address and the status.
func (e *StatusError) Error() string { return fmt.Sprintf("%s answers %s", e.URL, e.Status) }

func (c *Client) get(ctx context.Context, url, auth string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, &StatusError{url, resp.StatusCode, resp.Status}
	}
	return resp, nil
}

// Git clones a repository and checks a version out, "" for the default branch; the folder is returned. The program git must be
// there.
func (c *Client) Git(ctx context.Context, url, version string) (string, error) {
	if strings.HasPrefix(url, "-") || strings.HasPrefix(version, "-") {
		return "", fmt.Errorf("%q and %q are no repository and version", url, version)
	}
	dir := c.temp("clone")
	if err := c.git(ctx, "", "clone", "--quiet", "--", url, dir); err != nil {
		return "", err
	}
	if version != "" && version != "*" && version != "HEAD" {
		if err := c.git(ctx, dir, "checkout", "--quiet", "--detach", version+"^{commit}"); err != nil {
			if err = c.git(ctx, dir, "checkout", "--quiet", "--detach", "origin/"+version); err != nil {
				return "", err
			}
		}
	}
	return dir, nil
}

// GitArchive makes an archive of the files of a clone.
func (c *Client) GitArchive(ctx context.Context, dir, name string) (string, error) {
	file := c.temp("archive.tar")
	return file, c.git(ctx, dir, "archive", "--prefix="+name+"/", "--output="+file, "HEAD")
}

func (c *Client) git(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, c.Environ, 5*time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("could not find/use git, it is required to continue with installing")
	}
	if err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return nil
}
