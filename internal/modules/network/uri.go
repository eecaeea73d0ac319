package network

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fetch"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.uri", Check: module.None, FileArgs: true, Run: runURI,
	Args: append(module.Args{
		{Name: "url_username", Aliases: []string{"user"}, Help: "The name to log in with."},
		{Name: "url_password", Aliases: []string{"password"}, NoLog: true, Help: "The password to log in with."},
		{Name: "ca_path", Type: module.Path, Help: "A file or folder with the CAs that are trusted, in place of the system's."},
		{Name: "dest", Type: module.Path, Help: "Where the body is written to; in a folder by the name of the address."},
		{Name: "body", Type: module.Raw, Help: "What is sent."},
		{Name: "body_format", Default: "raw", Choices: []string{"form-urlencoded", "json", "raw", "form-multipart"}, Help: "How body is written."},
		{Name: "src", Type: module.Path, Help: "A file that is sent as the body."},
		{Name: "method", Default: "GET", Help: "The method, a word in capitals."},
		{Name: "return_content", Type: module.Bool, Default: false, Help: "Return the body as content."},
		{Name: "follow_redirects", Default: "safe", Choices: []string{"all", "no", "none", "safe", "urllib2", "yes"}, Help: "Which redirects are followed: all, those of GET and HEAD (safe), none, or as Python's urllib does."},
		{Name: "creates", Type: module.Path, Help: "Do nothing when this file is there."},
		{Name: "removes", Type: module.Path, Help: "Do nothing when this file is not there."},
		{Name: "status_code", Type: module.List, Elements: module.Int, Default: value.NewList(value.NewInt(200)), Help: "The statuses that mean success."},
		{Name: "timeout", Type: module.Int, Default: 30, Help: "How many seconds each step may take."},
		{Name: "headers", Type: module.Dict, Default: value.NewDict(), Help: "Further header fields."},
		{Name: "unix_socket", Type: module.Path, Help: "Connect to this UNIX socket."},
		{Name: "remote_src", Type: module.Bool, Default: false, Help: "src is on the target."},
	}, fetch.Args...),
	Rules: module.Rules{MutuallyExclusive: [][]string{{"body", "src"}}},
	Doc: module.Doc{
		Short: "Talk to a web service.",
		Notes: []string{
			"This is the target's half. The action uri hands a local src along with the call (module.Content), and has brought the files of a form (body's filename without content) to the target, so that the names in body are of files there.",
			"What says who it is (Authorization, Cookie) does not follow a redirect to another host.",
			"Only the schemes http and https are there.",
		},
		Examples: `- ansible.builtin.uri:
    url: https://kimai.example.org/api/ping
    headers:
      X-AUTH-USER: admin
    return_content: true
    status_code: [200, 204]
  register: ping
`,
		Returns: []module.Return{
			{Name: "status", Type: "int", When: "always", Help: "The status."},
			{Name: "content", Type: "str", When: "return_content", Help: "The body."},
			{Name: "json", Type: "any", When: "the body is JSON", Help: "The body, read."},
			{Name: "url", Type: "str", When: "always", Help: "Where it came from in the end."},
			{Name: "redirected", Type: "bool", When: "always", Help: "Whether that is another address."},
			{Name: "path", Type: "str", When: "dest", Help: "Where the body was written to."},
			{Name: "cookies", Type: "dict", When: "success", Help: "The cookies that were set."},
		},
	},
})

// uriRun is one call.
type uriRun struct {
	sys  target.System
	p    *module.Params
	dest string
	raw  []byte // the body of the answer
	text string // the same as text
}

func runURI(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	method := strings.ToUpper(p.Str("method"))
	if method == "" || strings.IndexFunc(method, func(r rune) bool { return r < 'A' || r > 'Z' }) >= 0 {
		return module.Fail("Parameter 'method' needs to be a single word in uppercase, like GET or POST."), nil
	}
	if f := p.Str("follow_redirects"); f == "yes" || f == "no" {
		p.Deprecate(module.Deprecation{Msg: "Using 'yes' or 'no' for 'follow_redirects' parameter is deprecated.", Collection: "ansible.builtin"})
	}
	u := &uriRun{sys: sys, p: p, dest: p.Str("dest")}
	if r := u.skipped(); r != nil {
		return *r, nil
	}
	client, err := fetch.Of(sys, p)
	if err != nil {
		return module.Fail("%v", err), nil
	}
	req := fetch.Request{Method: method, URL: p.Str("url")}
	if failed, err := u.body(ctx, &req); failed != nil || err != nil {
		return orFailed(failed, err)
	}
	if u.dest != "" && !p.Bool("force") {
		if info, err := sys.Stat(u.dest); err == nil && !info.IsDir() {
			req.Modified = info.Mtime
		}
	}
	return u.ask(ctx, client, req)
}

func orFailed(r *module.Result, err error) (module.Result, error) {
	if r == nil {
		r = &module.Result{}
	}
	return *r, err
}

// skipped gives the result when creates or removes say that there is nothing to do.
func (u *uriRun) skipped() *module.Result {
	there := func(name string) bool { _, err := u.sys.Stat(name); return err == nil }
	r := module.Result{}
	if f := u.p.Str("creates"); f != "" && there(f) {
		r = r.With("stdout", "skipped, since '"+f+"' exists")
		return &r
	}
	if f := u.p.Str("removes"); f != "" && !there(f) {
		r = r.With("stdout", "skipped, since '"+f+"' does not exist")
		return &r
	}
	return nil
}

// ask makes the request and gives the result.
func (u *uriRun) ask(ctx context.Context, client *fetch.Client, req fetch.Request) (module.Result, error) {
	start := u.sys.Now()
	elapsed := func() int64 { return int64(u.sys.Now().Sub(start) / time.Second) }
	resp, err := client.Do(ctx, req)
	if ctx.Err() != nil {
		return module.Result{}, ctx.Err()
	}
	if err != nil {
		return u.unanswered(err, elapsed()), nil
	}
	defer resp.Body.Close()
	r := module.Result{HasMsg: true, Msg: resp.Message()}
	final := resp.URL
	if resp.Failed() {
		final = req.URL
	}
	r.Set("url", final).Set("status", resp.Status).Set("redirected", final != req.URL)
	writes := u.dest != "" && u.wanted(resp.Status) && !resp.Failed()
	if u.dest != "" && !resp.Failed() {
		u.dest = u.place(resp)
	}
	if !writes || u.p.Bool("return_content") {
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			return module.Fail("HTTP Error while fetching %s: %v", req.URL, err), nil
		}
		u.raw, u.text = b, decoded(resp, b)
	}
	if writes {
		changed, failed, err := u.write(ctx, resp.Body)
		if failed != "" || err != nil {
			resp.AddTo(&r, "-")
			r.Failed, r.Msg = true, failed+" "+r.Msg
			r.Set("elapsed", elapsed())
			return r, err
		}
		r.Changed = changed
	}
	if u.dest != "" && !resp.Failed() {
		u.p.Show("path", value.NewStr(u.dest))
	}
	r.Set("elapsed", elapsed())
	resp.AddTo(&r, "_")
	return u.finish(resp, r)
}

// unanswered is the result when there was no answer.
func (u *uriRun) unanswered(err error, elapsed int64) module.Result {
	msg, fatal := fetch.Explain(err)
	if fatal {
		return module.Fail("%s", msg).With("status", -1).With("url", u.p.Str("url"))
	}
	r := module.Result{Msg: msg, HasMsg: true}
	if !u.wanted(-1) {
		r = module.Fail("Status code was -1 and not %s: %s", u.codes(), msg)
	}
	r.Set("status", -1).Set("url", u.p.Str("url")).Set("redirected", false).Set("elapsed", elapsed)
	if u.p.Bool("return_content") {
		r.Set("content", "")
	}
	return r
}

func (u *uriRun) codes() string {
	s, _ := value.Repr(u.p.Value("status_code"))
	return s
}

func (u *uriRun) wanted(status int) bool {
	for _, v := range u.p.List("status_code") {
		if n, ok := v.(value.Int); ok {
			if code, _ := n.Int64(); code == int64(status) {
				return true
			}
		}
	}
	return false
}

// finish sets attributes and content, and judges the status.
func (u *uriRun) finish(resp *fetch.Response, r module.Result) (module.Result, error) {
	if u.dest != "" {
		r.Set("path", u.dest)
		if _, err := u.sys.Lstat(u.dest); err == nil && !resp.Failed() {
			did, err := fileattr.Of(u.p).Apply(u.sys, u.dest, false, nil)
			if failed, ok := fileattr.ResultOf(u.sys, err); ok {
				return failed, nil
			}
			r.Changed = r.Changed || did
		}
		fileattr.AddInfo(u.sys, u.dest, &r)
	}
	if v, ok := u.json(resp); ok {
		r.Set("json", v)
	}
	ok := u.wanted(resp.Status)
	switch {
	case u.p.Bool("return_content"):
		r.Set("content", u.text)
	case resp.Failed() && ok:
		r.Set("body", u.text)
	}
	if !ok {
		r.Failed, r.Changed = true, false
		r.Msg = "Status code was " + strconv.Itoa(resp.Status) + " and not " + u.codes() + ": " + r.Msg
	}
	return r, nil
}

// write puts the body into dest; failed says why it could not.
func (u *uriRun) write(ctx context.Context, body io.Reader) (changed bool, failed string, err error) {
	if u.p.Bool("return_content") {
		body = bytes.NewReader(u.raw)
	}
	dest := u.dest
	if info, err := u.sys.Stat(dest); err == nil && info.IsDir() {
		return false, "Destination " + dest + " is a directory", nil
	}
	tmp, err := fileattr.NewTemp(u.sys, dest, body)
	if err != nil {
		var short *fetch.IncompleteError
		if errors.As(err, &short) {
			return false, "HTTP Error while fetching " + u.p.Str("url") + ": " + err.Error(), nil
		}
		tmp := fileattr.TempName(dest) // that it would have had
		return false, "failed to copy " + tmp + " to " + dest + ": Could not replace '" + dest + "' with '" + tmp + "'.", nil
	}
	same, err := sameContent(u.sys, tmp, dest)
	if err != nil || same {
		tmp.Discard()
		return false, "", err
	}
	if ctx.Err() != nil {
		tmp.Discard()
		return false, "", ctx.Err()
	}
	if err := tmp.Replace(fileattr.KeepDest, u.p.Bool("unsafe_writes")); err != nil {
		return false, "failed to copy " + tmp.Name() + " to " + dest + ": " + fileattr.PyError(err), nil
	}
	return true, "", nil
}
