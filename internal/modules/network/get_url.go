package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fetch"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.get_url", Check: module.Partial, FileArgs: true, Run: runGetURL,
	Args: append(module.Args{
		{Name: "url_username", Aliases: []string{"username"}, Help: "The name to log in with."},
		{Name: "url_password", Aliases: []string{"password"}, NoLog: true, Help: "The password to log in with."},
		{Name: "dest", Type: module.Path, Required: true, Help: "Where it is put; in a folder by the name that the server gives."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of what is replaced."},
		{Name: "checksum", Default: "", Help: "What the file must have: ALGORITHM:SUM, or ALGORITHM:ADDRESS of a list of sums."},
		{Name: "timeout", Type: module.Int, Default: 10, Help: "How many seconds each step may take."},
		{Name: "headers", Type: module.Dict, Help: "Further header fields."},
		{Name: "tmp_dest", Type: module.Path, Help: "The folder that it is received in."},
	}, fetch.Args...),
	Doc: module.Doc{
		Short: "Fetch a file from a web server.",
		Notes: []string{
			"What says who it is (Authorization, Cookie) does not follow a redirect to another host.",
			"The schemes http, https and file are there; ftp is not.",
			"It is received in the folder of dest unless tmp_dest says another one.",
		},
		Examples: `- ansible.builtin.get_url:
    url: https://example.org/tool.tar.gz
    dest: /opt/tool.tar.gz
    checksum: sha256:0a1b...
    mode: "0644"
`,
		Returns: []module.Return{
			{Name: "dest", Type: "str", When: "success", Help: "The file."},
			{Name: "checksum_src", Type: "str", When: "it was fetched", Help: "SHA1 of what was fetched."},
			{Name: "checksum_dest", Type: "str", When: "it was fetched", Help: "SHA1 of what was there."},
			{Name: "status_code", Type: "int", When: "always", Help: "The status."},
			{Name: "backup_file", Type: "str", When: "changed and backup", Help: "The copy of what was replaced."},
		},
	},
})

// getURL is one call.
type getURL struct {
	sys    target.System
	p      *module.Params
	client *fetch.Client
	header fetch.Header
	dest   string
	isDir  bool
	start  time.Time

	algorithm, sum string // what the file must have, "" for nothing
}

// failure is a result that ends the call.
type failure struct{ module.Result }

// Error gives the message.
func (f *failure) Error() string { return f.Msg }

func runGetURL(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	client, err := fetch.Of(sys, p)
	if err != nil {
		return module.Fail("%v", err), nil
	}
	client.Follow = "urllib2"
	g := &getURL{sys: sys, p: p, client: client, header: fetch.HeaderOf(p.Dict("headers")), dest: p.Str("dest"), start: sys.Now()}
	info, err := sys.Stat(g.dest)
	exists := err == nil
	g.isDir = exists && info.IsDir()
	r, err := g.run(ctx, exists, info)
	var f *failure
	if errors.As(err, &f) {
		return f.Result, nil
	}
	if failed, ok := fileattr.ResultOf(sys, err); ok {
		return failed, nil
	}
	return r, err
}

func (g *getURL) elapsed() int64 { return int64(g.sys.Now().Sub(g.start) / time.Second) }

// base is what most results begin with.
func (g *getURL) base(r module.Result) module.Result {
	r.HasMsg = true
	r.Set("checksum_dest", nil).Set("checksum_src", nil).Set("dest", g.dest).Set("elapsed", g.elapsed()).Set("url", g.p.Str("url"))
	return r
}

func (g *getURL) run(ctx context.Context, exists bool, info target.Info) (module.Result, error) {
	if err := g.wantedSum(ctx); err != nil {
		return module.Result{}, err
	}
	var modified time.Time
	if exists && !g.isDir && !g.p.Bool("force") {
		mismatch := false
		if g.sum != "" {
			have, err := sumOf(g.sys, g.dest, g.algorithm)
			if err != nil {
				return module.Result{}, err
			}
			if have == g.sum {
				return g.there()
			}
			mismatch = true
		}
		if !mismatch {
			modified = info.Mtime
		}
	}
	return g.fetch(ctx, modified)
}

// there is the result when the file has the sum already.
func (g *getURL) there() (module.Result, error) {
	r := g.base(module.Result{Msg: "file already exists"})
	did, err := fileattr.Of(g.p).Apply(g.sys, g.dest, g.p.Check, nil)
	if err != nil {
		return r, err
	}
	if r.Changed = did; did {
		r.Msg = "file already exists but file attributes changed"
	}
	fileattr.AddInfo(g.sys, g.dest, &r)
	return r, nil
}

// get makes a request; an answer that is none of success is a failure, but for 304.
func (g *getURL) get(ctx context.Context, url, method string, modified time.Time) (*fetch.Response, error) {
	resp, err := g.client.Do(ctx, fetch.Request{Method: method, URL: url, Header: g.header, Modified: modified})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		msg, fatal := fetch.Explain(err)
		r := module.Fail("%s", msg)
		if fatal {
			r.Set("status", -1).Set("url", url)
			return nil, &failure{r}
		}
		return nil, &failure{g.refused(r, url)}
	}
	if resp.Failed() && resp.Status != 304 {
		_ = resp.Body.Close()
		r := module.Fail("Request failed")
		r.Set("status_code", resp.Status).Set("response", resp.Message())
		return nil, &failure{g.refused(r, url)}
	}
	return resp, nil
}

func (g *getURL) refused(r module.Result, url string) module.Result {
	r.Set("url", url).Set("dest", g.dest).Set("elapsed", g.elapsed())
	fileattr.AddInfo(g.sys, g.dest, &r)
	return r
}

// fetch gets the file and puts it in place.
func (g *getURL) fetch(ctx context.Context, modified time.Time) (module.Result, error) {
	method := "GET"
	if g.p.Check {
		method = "HEAD"
	}
	resp, err := g.get(ctx, g.p.Str("url"), method, modified)
	if err != nil {
		return module.Result{}, err
	}
	defer resp.Body.Close()
	if resp.Status == 304 {
		r := module.Result{HasMsg: true, Msg: resp.Message()}
		r.Set("url", g.p.Str("url")).Set("dest", g.dest).Set("elapsed", g.elapsed()).Set("status_code", 304)
		fileattr.AddInfo(g.sys, g.dest, &r)
		return r, nil
	}
	if g.isDir {
		g.dest = path.Join(g.dest, fileName(resp))
	}
	in, err := g.folder()
	if err != nil {
		return module.Result{}, err
	}
	tmp, err := fileattr.NewTempIn(g.sys, in, g.dest, resp.Body)
	if err != nil {
		return module.Result{}, g.cut(err, resp)
	}
	defer tmp.Discard()
	return g.place(ctx, tmp, resp)
}

// cut explains why a body could not be received.
func (g *getURL) cut(err error, resp *fetch.Response) error {
	var short *fetch.IncompleteError
	if errors.As(err, &short) {
		return &failure{module.Fail("Incomplete read, (rsp.length=%d, cl=%d, st.st_size=%d) failed to read remaining %d bytes", short.More, resp.Length, short.Read, short.More)}
	}
	if msg, _ := fetch.Explain(err); errors.Is(err, fetch.ErrTimeout) {
		return &failure{module.Fail("%s", msg).With("url", g.p.Str("url")).With("dest", g.dest).With("elapsed", g.elapsed())}
	}
	return &failure{module.Fail("failed to create temporary content file: %s", fileattr.PyError(err)).With("elapsed", g.elapsed())}
}

// folder is where the file is received: tmp_dest, the folder of dest, or the one for temporary files if that is missing.
func (g *getURL) folder() (string, error) {
	if dir := g.p.Str("tmp_dest"); dir != "" {
		info, err := g.sys.Stat(dir)
		switch {
		case err != nil:
			return "", &failure{module.Fail("%s directory does not exist.", dir).With("elapsed", g.elapsed())}
		case !info.IsDir():
			return "", &failure{module.Fail("%s is a file but should be a directory.", dir).With("elapsed", g.elapsed())}
		}
		return dir, nil
	}
	dir := path.Dir(g.dest)
	if info, err := g.sys.Stat(dir); err == nil && info.IsDir() && !g.p.Check && g.sys.Access(dir, 2) {
		return dir, nil
	}
	return g.sys.TempDir(), nil
}

// place checks what was fetched and puts it in the place of dest.
func (g *getURL) place(ctx context.Context, tmp *fileattr.Temp, resp *fetch.Response) (module.Result, error) {
	r := g.base(module.Result{Msg: resp.Message()})
	fresh, err := sumOfTemp(tmp, "sha1")
	if err != nil {
		return r, err
	}
	r.Set("checksum_src", fresh).Set("src", tmp.Name())
	exists, msg := false, ""
	if _, err := g.sys.Stat(g.dest); err == nil {
		exists = true
		old, err := sumOf(g.sys, g.dest, "sha1")
		if err != nil {
			return r, err
		}
		r.Set("checksum_dest", old)
		r.Changed = old != fresh
		if !g.sys.Access(g.dest, 2) {
			msg = "Destination " + g.dest + " is not writable"
		}
	} else {
		r.Changed = true
		dir := path.Dir(g.dest)
		if _, err := g.sys.Stat(dir); err != nil {
			msg = "Destination " + dir + " does not exist"
		} else if !g.sys.Access(dir, 2) {
			msg = "Destination " + dir + " is not writable"
		}
	}
	if msg != "" {
		r.Failed, r.Changed, r.Msg = true, false, msg
		return r, nil
	}
	if g.p.Check {
		fileattr.AddInfo(g.sys, g.dest, &r)
		return r, nil
	}
	if g.sum != "" {
		if have, err := sumOfTemp(tmp, g.algorithm); err != nil {
			return r, err
		} else if have != g.sum {
			r.Failed, r.Changed = true, false
			r.Msg = fmt.Sprintf("The checksum for %s did not match %s; it was %s.", tmp.Name(), g.sum, have)
			return r, nil
		}
	}
	return g.replace(ctx, tmp, resp, r, exists)
}

func (g *getURL) replace(ctx context.Context, tmp *fileattr.Temp, resp *fetch.Response, r module.Result, exists bool) (module.Result, error) {
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	if r.Changed {
		if exists && g.p.Bool("backup") {
			name, err := fileattr.Backup(g.sys, g.dest)
			if err != nil {
				return r, err
			}
			r.Set("backup_file", name)
		}
		if err := tmp.Replace(fileattr.KeepDest, g.p.Bool("unsafe_writes")); err != nil {
			r.Failed, r.Changed = true, false
			r.Msg = fmt.Sprintf("failed to copy %s to %s: %s", tmp.Name(), g.dest, fileattr.PyError(err))
			return r, nil
		}
	}
	did, err := fileattr.Of(g.p).Apply(g.sys, g.dest, false, nil)
	if err != nil {
		return r, err
	}
	r.Changed = r.Changed || did
	if md5, err := sumOf(g.sys, g.dest, "md5"); err == nil {
		r.Set("md5sum", md5)
	}
	r.Set("status_code", nil)
	if resp.Status != 0 {
		r.Set("status_code", resp.Status)
	}
	fileattr.AddInfo(g.sys, g.dest, &r)
	return r, nil
}

// readAll reads a body to its end, at most so many bytes.
func readAll(body io.Reader, most int64) (string, error) {
	b, err := io.ReadAll(io.LimitReader(body, most))
	return string(b), err
}
