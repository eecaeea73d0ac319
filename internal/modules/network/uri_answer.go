package network

import (
	"errors"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fetch"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// place is the file that dest means: in a folder one named after the address.
func (u *uriRun) place(resp *fetch.Response) string {
	if info, err := u.sys.Stat(u.dest); err == nil && info.IsDir() {
		return path.Join(u.dest, fileName(resp))
	}
	return u.dest
}

// fileName is the name of a file in a folder: what the server says, without folders, or the last part of the address.
func fileName(resp *fetch.Response) string {
	for part := range strings.SplitSeq(resp.Header.Get("Content-Disposition"), ";") {
		k, v, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || !strings.EqualFold(k, "filename") {
			continue
		}
		if v = path.Base(strings.Trim(v, `"`)); v != "." && v != ".." && v != "/" && v != "" {
			return v
		}
	}
	return urlName(resp.URL)
}

// decoded gives a body as text: in Latin-1 if the server says so. All else is taken for UTF-8.
func decoded(resp *fetch.Response, body []byte) string {
	_, params, _ := strings.Cut(strings.ToLower(resp.Header.Get("Content-Type")), "charset=")
	switch charset, _, _ := strings.Cut(strings.Trim(params, `" `), ";"); strings.Trim(charset, `" `) {
	case "iso-8859-1", "latin1", "latin-1", "iso8859-1":
		var b strings.Builder
		for _, c := range body {
			b.WriteRune(rune(c))
		}
		return b.String()
	}
	return string(body)
}

// urlName is the last part of an address's path, or index.html.
func urlName(text string) string {
	rest := text
	if _, after, ok := strings.Cut(rest, "://"); ok {
		rest = after
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	i := strings.LastIndexByte(rest, '/')
	if i < 0 || i == len(rest)-1 {
		return "index.html"
	}
	name := rest[i+1:]
	if plain, err := url.PathUnescape(name); err == nil && !strings.ContainsAny(plain, "/\x00") && plain != ".." {
		name = plain
	}
	return name
}

// json reads the body when the server says that it is JSON, or a kind of it.
func (u *uriRun) json(resp *fetch.Response) (value.Value, bool) {
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	_, sub, ok := strings.Cut(strings.ToLower(strings.TrimSpace(kind)), "/")
	if !ok || sub != "json" && sub != "javascript" && !strings.HasSuffix(sub, "+json") {
		return nil, false
	}
	v, err := value.FromJSON([]byte(u.text))
	return v, err == nil
}

// sameContent compares a new content with a file; one that is not there is not the same.
func sameContent(sys target.System, tmp *fileattr.Temp, name string) (bool, error) {
	first, err := sumOfTemp(tmp, "sha1")
	if err != nil {
		return false, err
	}
	second, err := sumOf(sys, name, "sha1")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return first == second, err
}
