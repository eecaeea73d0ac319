package galaxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Server is a Galaxy server: its API version 3 for collections, version 1 for roles.
type Server struct {
	Name, URL, Token string
	c                *Client
	paths            map[string]string // of API versions; nil before the server was asked
}

// NewServer gives a server.
func (c *Client) NewServer(name, address, token string) *Server {
	return &Server{Name: name, URL: strings.TrimRight(address, "/"), Token: token, c: c}
}

func (s *Server) auth() string {
	if s.Token == "" {
		return ""
	}
	return "Token " + s.Token
}

// json gets an address and reads the answer.
func (s *Server) json(ctx context.Context, address string, into any) error {
	resp, err := s.c.get(ctx, address, s.auth())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 64<<20)).Decode(into); err != nil {
		return fmt.Errorf("%s does not answer with JSON: %w", address, err)
	}
	return nil
}

// api gives the address of a version of the API: what the server says of it at its address, or at /api/ below.
func (s *Server) api(ctx context.Context, version string) (string, error) {
	if s.paths == nil {
		var answer struct {
			Versions map[string]string `json:"available_versions"`
		}
		err := s.json(ctx, s.URL+"/", &answer)
		if err != nil || answer.Versions == nil {
			if err2 := s.json(ctx, s.URL+"/api/", &answer); err2 != nil {
				return "", fmt.Errorf("asking the server %s: %w", s.URL, errors.Join(err, err2))
			}
			s.URL += "/api"
		}
		s.paths = answer.Versions
	}
	path, ok := s.paths[version]
	if !ok {
		return "", fmt.Errorf("the server %s has no API %s", s.URL, version)
	}
	return s.URL + "/" + strings.Trim(path, "/"), nil
}

// Versions gives the versions of a collection that the server has; none is no error.
func (s *Server) Versions(ctx context.Context, name string) ([]Version, error) {
	base, err := s.api(ctx, "v3")
	if err != nil {
		return nil, err
	}
	ns, short, _ := strings.Cut(name, ".")
	next := fmt.Sprintf("%s/collections/%s/%s/versions/?limit=100", base, ns, short)
	var found []Version
	for pages := 0; next != ""; pages++ {
		var answer struct {
			Data []struct {
				Version string `json:"version"`
			} `json:"data"`
			Links struct {
				Next *string `json:"next"`
			} `json:"links"`
		}
		err := s.json(ctx, next, &answer)
		var status *StatusError
		if errors.As(err, &status) && status.Code == http.StatusNotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, d := range answer.Data {
			if v, err := ParseVersion(d.Version); err == nil {
				found = append(found, v)
			}
		}
		if pages > 1000 || answer.Links.Next == nil || *answer.Links.Next == "" {
			break
		}
		if next, err = s.resolve(*answer.Links.Next); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// resolve makes an address of the server's absolute; one of another server is refused.
func (s *Server) resolve(ref string) (string, error) {
	base, err := url.Parse(s.URL + "/")
	if err != nil {
		return "", err
	}
	u, err := base.Parse(ref)
	if err != nil {
		return "", err
	}
	if u.Host != base.Host {
		return "", fmt.Errorf("the server %s leads to another one: %s", s.URL, u.Host)
	}
	return u.String(), nil
}

// Release is one version of a collection as a server tells it.
type Release struct {
	Name, Version string
	URL, SHA256   string
	Dependencies  map[string]string
	server        *Server
}

// Release gets what the server tells of one version.
func (s *Server) Release(ctx context.Context, name, version string) (*Release, error) {
	base, err := s.api(ctx, "v3")
	if err != nil {
		return nil, err
	}
	ns, short, _ := strings.Cut(name, ".")
	var answer struct {
		URL      string `json:"download_url"`
		Artifact struct {
			SHA256 string `json:"sha256"`
		} `json:"artifact"`
		Metadata struct {
			Dependencies map[string]string `json:"dependencies"`
		} `json:"metadata"`
	}
	if err := s.json(ctx, fmt.Sprintf("%s/collections/%s/%s/versions/%s/", base, ns, short, url.PathEscape(version)), &answer); err != nil {
		return nil, err
	}
	return &Release{Name: name, Version: version, URL: answer.URL, SHA256: answer.Artifact.SHA256, Dependencies: answer.Metadata.Dependencies, server: s}, nil
}

// Fetch downloads a release and holds it against the server's sum.
func (r *Release) Fetch(ctx context.Context) (string, error) {
	address, err := r.server.absolute(r.URL)
	if err != nil {
		return "", err
	}
	auth := r.server.auth()
	if !strings.HasPrefix(address, r.server.origin()) {
		auth = "" // the archive lies elsewhere: the token is not for that
	}
	file, err := r.server.c.Download(ctx, address, auth)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if r.SHA256 == "" || sum(text) != r.SHA256 {
		return "", fmt.Errorf("Mismatch artifact hash with downloaded file")
	}
	return file, nil
}

func (s *Server) absolute(ref string) (string, error) {
	base, err := url.Parse(s.URL + "/")
	if err != nil {
		return "", err
	}
	u, err := base.Parse(ref)
	if err != nil {
		return "", err
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("the server %s gives an address that is none: %s", s.URL, ref)
	}
	return u.String(), nil
}

func (s *Server) origin() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return s.URL
	}
	return u.Scheme + "://" + u.Host + "/"
}

// ServerRole is what a server tells of a role.
type ServerRole struct {
	User, Repository string
	Versions         []string
	URLs             map[string]string // of the archives of versions, where the server tells them
	Branch           string
}

// Role asks for a role USER.NAME; nil: the server does not have it.
func (s *Server) Role(ctx context.Context, full string) (*ServerRole, error) {
	base, err := s.api(ctx, "v1")
	if err != nil {
		return nil, err
	}
	user, name, ok := strings.Cut(full, ".")
	if !ok {
		return nil, fmt.Errorf("Invalid role name (%s). Specify role as format: username.rolename", full)
	}
	var answer struct {
		Results []struct {
			User    string `json:"github_user"`
			Repo    string `json:"github_repo"`
			Branch  string `json:"github_branch"`
			Summary struct {
				Versions []struct {
					Name string `json:"name"`
					URL  string `json:"download_url"`
				} `json:"versions"`
			} `json:"summary_fields"`
		} `json:"results"`
	}
	query := url.Values{"owner__username": {user}, "name": {name}}
	if err := s.json(ctx, base+"/roles/?"+query.Encode(), &answer); err != nil {
		return nil, err
	}
	if len(answer.Results) == 0 {
		return nil, nil
	}
	r := answer.Results[0]
	role := &ServerRole{User: r.User, Repository: r.Repo, Branch: r.Branch, URLs: map[string]string{}}
	for _, v := range r.Summary.Versions {
		role.Versions = append(role.Versions, v.Name)
		if v.URL != "" {
			role.URLs[v.Name] = v.URL
		}
	}
	return role, nil
}
