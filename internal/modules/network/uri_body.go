package network

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fetch"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// body sets what is sent. The headers that it needs are shown as arguments, as Ansible's module does.
func (u *uriRun) body(ctx context.Context, req *fetch.Request) (*module.Result, error) {
	headers := u.p.Dict("headers")
	if headers == nil {
		headers = value.NewDict()
	}
	headers = headers.Copy()
	set := func(kind string) {
		for it := headers.Iterate(); it.Next(); {
			if name, _ := value.Text(it.Key()); strings.EqualFold(name, "Content-Type") {
				return
			}
		}
		headers.SetStr("Content-Type", value.NewStr(kind))
	}
	fail := func(format string, args ...any) (*module.Result, error) {
		r := module.Fail(format, args...)
		return &r, nil
	}
	body := u.p.Value("body")
	text, isText := body.(value.Str)
	req.HasBody = body != value.None
	switch format := u.p.Str("body_format"); {
	case u.p.Str("src") != "" || u.p.Content != nil:
		b, err := u.source(ctx)
		if err != nil {
			r := module.Fail("Unable to open source file %s", u.p.Str("src")).With("elapsed", 0)
			return &r, nil
		}
		req.Body, req.HasBody = b, true
		headers.SetStr("Content-Length", value.NewInt(int64(len(b))))
	case format == "json":
		req.HasBody, req.Body = true, []byte(text.String())
		if !isText {
			b, err := value.AppendJSON(nil, body, value.JSONOptions{})
			if err != nil {
				return fail("failed to write body as json: %v", err)
			}
			req.Body = b
		}
		set("application/json")
	case format == "form-urlencoded":
		req.Body = []byte(text.String())
		if !isText {
			form, err := urlencoded(body)
			if err != nil {
				return fail("%v", err)
			}
			req.Body = []byte(form)
		}
		set("application/x-www-form-urlencoded")
	case format == "form-multipart":
		form, boundary, err := u.multipart(body)
		if err != nil {
			return fail("%v", err)
		}
		req.Body = form
		headers.SetStr("Content-Type", value.NewStr(`multipart/form-data; boundary="`+boundary+`"`))
	case isText:
		req.Body = []byte(text.String())
	case req.HasBody && body.Type() == "dict":
		r := u.unanswered(errors.New("can't concat str to bytes"), 0)
		return &r, nil
	case req.HasBody:
		return fail("body is a %s: give body_format, or a text", body.Type())
	}
	u.p.Show("headers", headers)
	req.Header = fetch.HeaderOf(headers)
	return nil, nil
}

// source reads the file that is sent: of the call, or of the target.
func (u *uriRun) source(ctx context.Context) ([]byte, error) {
	if u.p.Content == nil {
		return target.ReadFile(u.sys, u.p.Str("src"))
	}
	f, err := u.p.OpenContent(ctx)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// urlencoded writes a dict, or a list of pairs, as a form; a value that is a list stands for several.
func urlencoded(body value.Value) (string, error) {
	var out []string
	add := func(k, v value.Value) {
		name, _ := value.Text(k)
		values := []value.Value{v}
		if l, ok := v.(*value.List); ok {
			values = l.Stored()
		}
		for _, v := range values {
			text, _ := value.Text(v)
			out = append(out, url.QueryEscape(name)+"="+url.QueryEscape(text))
		}
	}
	switch b := body.(type) {
	case *value.Dict:
		for it := b.Iterate(); it.Next(); {
			add(it.Key(), it.Stored())
		}
	case *value.List:
		for _, e := range b.Stored() {
			pair, ok := e.(*value.List)
			if !ok {
				return "", fmt.Errorf("cannot unpack non-iterable %s object", e.Type())
			}
			if n := pair.Len(); n != 2 {
				return "", fmt.Errorf("failed to parse body as form_urlencoded: %d values where a name and a value are needed", n)
			}
			add(pair.Stored()[0], pair.Stored()[1])
		}
	case value.NoneType:
		return "", nil
	default:
		return "", fmt.Errorf("failed to parse body as form_urlencoded: %s", body.Type())
	}
	return strings.Join(out, "&"), nil
}

// multipart writes a dict as a form of parts: a text, or a dict with content, filename and mime_type each. A filename without
// content is of a file on the target.
//
// Source: RFC 7578.
func (u *uriRun) multipart(body value.Value) (form []byte, boundary string, err error) {
	d, ok := body.(*value.Dict)
	if !ok {
		kind := body.Type()
		if kind == "str" {
			kind = "_AnsibleTaggedStr"
		}
		return nil, "", fmt.Errorf("body must be mapping, cannot be type %s", kind)
	}
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(19), nil))
	if err != nil {
		return nil, "", err
	}
	boundary = fmt.Sprintf("===============%019d==", n)
	names := make([]string, 0, d.Len())
	parts := map[string]value.Value{}
	for it := d.Iterate(); it.Next(); {
		name, _ := value.Text(it.Key())
		names = append(names, name)
		parts[name] = it.Stored()
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		part, err := u.part(name, parts[name])
		if err != nil {
			return nil, "", fmt.Errorf("failed to parse body as form-multipart: %w", err)
		}
		b.WriteString("--" + boundary + "\r\n" + part + "\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return []byte(b.String()), boundary, nil
}

// part writes one part, without the line that ends it.
func (u *uriRun) part(name string, v value.Value) (string, error) {
	var content, filename, kind, encoding string
	switch v := v.(type) {
	case value.Str:
		content, kind = v.String(), "text/plain"
	case *value.Dict:
		get := func(key string) (string, bool) {
			s, ok := v.Stored(key).(value.Str)
			return s.String(), ok
		}
		var hasContent bool
		content, hasContent = get("content")
		filename, _ = get("filename")
		kind, _ = get("mime_type")
		encoding, _ = get("multipart_encoding")
		if !hasContent && filename == "" {
			return "", fmt.Errorf("at least one of filename or content must be provided")
		}
		if kind == "" {
			kind = mimeType(filename)
		}
		if !hasContent {
			b, err := target.ReadFile(u.sys, filename)
			if err != nil {
				return "", err
			}
			content = string(b)
			if encoding == "" {
				encoding = "base64"
			}
		}
	default:
		return "", fmt.Errorf("value must be a string, or mapping, cannot be type %s", v.Type())
	}
	head := ""
	switch encoding {
	case "", "7or8bit":
	case "base64":
		head = "Content-Transfer-Encoding: base64\r\n"
		content = base64Lines(content)
	default:
		return "", fmt.Errorf("multipart_encoding must be one of %q", []string{"base64", "7or8bit"})
	}
	head += "Content-Type: " + kind + "\r\nContent-Disposition: form-data; name=" + quoted(name)
	if filename != "" {
		head += "; filename=" + quoted(path.Base(filename))
	}
	return head + "\r\n\r\n" + content, nil
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "").Replace(s) + `"`
}

// base64Lines writes base64 in lines of 76 characters, as mail has it.
func base64Lines(s string) string {
	text := base64.StdEncoding.EncodeToString([]byte(s))
	var b strings.Builder
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	return b.String() + text + "\r\n"
}

// mimeType guesses the kind of a file by its name's end, as Python's mimetypes does for the usual ones.
func mimeType(name string) string {
	kinds := map[string]string{
		".txt": "text/plain", ".html": "text/html", ".htm": "text/html", ".css": "text/css", ".csv": "text/csv", ".xml": "text/xml",
		".js": "text/javascript", ".json": "application/json", ".pdf": "application/pdf", ".zip": "application/zip",
		".tar": "application/x-tar", ".gz": "application/octet-stream", ".png": "image/png", ".jpg": "image/jpeg",
		".jpeg": "image/jpeg", ".gif": "image/gif", ".svg": "image/svg+xml", ".py": "text/x-python", ".sh": "application/x-sh",
	}
	if kind, ok := kinds[strings.ToLower(path.Ext(name))]; ok {
		return kind
	}
	return "application/octet-stream"
}
