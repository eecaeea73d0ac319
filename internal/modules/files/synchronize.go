package files

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.posix.synchronize", Redirects: []string{"ansible.builtin.synchronize"}, Check: module.Full, Diff: module.Full, Run: runSynchronize,
	Args: module.Args{
		{Name: "src", Type: module.Path, Required: true, Help: "What is copied; of a folder with a slash at its end, what is in it."},
		{Name: "dest", Type: module.Path, Required: true, Help: "Where it is copied to."},
		{Name: "mode", Default: "push", Choices: []string{"pull", "push"}, Help: "push copies to the host, pull from it."},
		{Name: "archive", Type: module.Bool, Default: true, Help: "rsync --archive: recursive, links, perms, times, owner, group and devices."},
		{Name: "recursive", Type: module.Bool, Help: "Folders with what is in them; archive's value by default."},
		{Name: "links", Type: module.Bool, Help: "Links as links; archive's value by default."},
		{Name: "perms", Type: module.Bool, Help: "Keep permission bits; archive's value by default."},
		{Name: "times", Type: module.Bool, Help: "Keep modification times; archive's value by default."},
		{Name: "owner", Type: module.Bool, Help: "Keep owners, as root; archive's value by default."},
		{Name: "group", Type: module.Bool, Help: "Keep groups; archive's value by default."},
		{Name: "checksum", Type: module.Bool, Default: false, Help: "Compare contents, not size and time."},
		{Name: "compress", Type: module.Bool, Default: true, Help: "Compress on the way."},
		{Name: "copy_links", Type: module.Bool, Default: false, Help: "Copy what links point to."},
		{Name: "delay_updates", Type: module.Bool, Default: true, Help: "Put all files in place at the end."},
		{Name: "delete", Type: module.Bool, Default: false, Help: "Delete in dest what src lacks."},
		{Name: "dirs", Type: module.Bool, Default: false, Help: "Folders without what is in them."},
		{Name: "existing_only", Type: module.Bool, Default: false, Help: "Make no new files."},
		{Name: "link_dest", Type: module.List, Elements: module.Path, Help: "Folders on the receiving side: files that are the same there become hard links."},
		{Name: "partial", Type: module.Bool, Default: false, Help: "Keep files that came in part."},
		{Name: "rsync_opts", Type: module.List, Elements: module.Str, Default: []string{}, Help: "Further options of rsync, read as a shell reads words."},
		{Name: "rsync_path", Help: "The program rsync on the host."},
		{Name: "rsync_timeout", Type: module.Int, Default: 0, Help: "rsync --timeout, in seconds."},
		{Name: "dest_port", Type: module.Int, Help: "The port of the host, where it is not the connection's."},
		{Name: "private_key", Type: module.Path, Help: "The key to log in with, where it is not the connection's."},
		{Name: "set_remote_user", Type: module.Bool, Default: true, Help: "Log in as the connection's user, not as ssh's configuration says."},
		{Name: "use_ssh_args", Type: module.Bool, Default: false, Help: "Give ssh the connection's options, where a delegated host runs it."},
		{Name: "ssh_connection_multiplexing", Type: module.Bool, Default: false, Help: "Let ssh share connections, where a delegated host runs it."},
		{Name: "verify_host", Type: module.Bool, Default: false, Help: "Verify the host's key, where a delegated host runs ssh; else it always is."},
		{Name: "_local_rsync_path", Type: module.Path, Default: "rsync", Help: "Of the action: the program rsync that is run."},
		{Name: "_local_rsync_password", NoLog: true, Help: "Of the action; refused."},
		{Name: "_ssh_args", Help: "Of the action: options of ssh."},
		{Name: "_substitute_controller", Type: module.Bool, Default: false, Help: "Of the action; refused."},
	},
	Doc: module.Doc{
		Short: "Copy trees with rsync.",
		Notes: []string{
			"rsync runs on the control node, or on the host of delegate_to, and has to be there and on the host.",
			"From the control node it goes over the connection to the host that is there already: with its user, key, password, jump hosts and host key, of whatever kind it is. No ssh is started and nothing asks again.",
			"become is sudo or doas without a password on the host: rsync gives it no way to ask.",
		},
		Examples: "- ansible.posix.synchronize:\n    src: files/site/\n    dest: /srv/site/\n    delete: true\n",
		Returns: []module.Return{
			{Name: "cmd", Type: "str", When: "rsync was run", Help: "The command line."},
			{Name: "rc", Type: "int", When: "rsync was run", Help: "Its exit code."},
			{Name: "msg", Type: "str", When: "always", Help: "What rsync changed, or its errors; stdout_lines has it by lines."},
		},
	},
})

// changedMark is in front of rsync's lines about what it changes.
const changedMark = "<<CHANGED>>"

func runSynchronize(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	if p.Bool("_substitute_controller") || p.Has("_local_rsync_password") {
		return module.Fail("synchronize from a delegated host to the control node, and passwords of rsync daemons, are not supported"), nil
	}
	rsync := p.Str("_local_rsync_path")
	if !strings.Contains(rsync, "/") {
		found, err := programs.Find(sys, rsync)
		if err != nil {
			return programs.Answer(module.Result{}, err)
		}
		rsync = found
	}
	words := append([]string{rsync}, synchronizeOptions(p)...)
	src, dest := p.Str("src"), p.Str("dest")
	words = append(words, remoteShell(sys, p, src, dest)...)
	if p.Has("rsync_path") && p.Str("rsync_path") != "" {
		words = append(words, "--rsync-path="+shellwords.Quote(p.Str("rsync_path")))
	}
	words = append(words, p.Strs("rsync_opts")...)
	if p.Bool("partial") {
		words = append(words, "--partial")
	}
	links, failed := linkDest(sys, p, dest)
	if failed != nil {
		return *failed, nil
	}
	words = append(append(words, links...), "--out-format="+shellwords.Quote(changedMark+"%i %n%L"), shellwords.Quote(src), shellwords.Quote(dest))
	line := strings.Join(words, " ")
	argv, err := shellwords.Split(line)
	if err != nil {
		return module.Fail("%v", err), nil
	}
	exit, err := sys.Run(ctx, target.Command{Argv: argv})
	switch {
	case ctx.Err() != nil:
		return module.Result{}, ctx.Err()
	case err != nil:
		return fileattr.CommandError(strings.Join(quotedWords(argv), " "), err).Result(sys), nil
	}
	return synchronized(p, line, exit), nil
}

// synchronized tells what rsync did. With link_dest, which has it tell of all files, a dot is in front of what is as it was.
func synchronized(p *module.Params, line string, exit target.Exit) module.Result {
	if exit.Code != 0 {
		return module.Fail("%s", exit.Stderr).With("rc", exit.Code).With("cmd", line)
	}
	out := string(exit.Stdout)
	r := module.Result{Changed: strings.Contains(out, changedMark), HasMsg: true}
	if len(p.List("link_dest")) > 0 {
		r.Changed = !strings.Contains(out, changedMark+".")
	}
	r.Msg = strings.ReplaceAll(out, changedMark, "")
	lines := []string{}
	for l := range strings.Lines(r.Msg) {
		if l = strings.TrimSuffix(l, "\n"); l != "" {
			lines = append(lines, l)
		}
	}
	r.Set("rc", exit.Code).Set("cmd", line).Set("stdout_lines", lines)
	if p.Diff {
		r.Diff = value.DictOf("prepared", value.NewStr(r.Msg))
	}
	return r
}

func quotedWords(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = shellwords.Quote(w)
	}
	return out
}

// synchronizeOptions are those of rsync that say what is copied and how.
func synchronizeOptions(p *module.Params) []string {
	var out []string
	add := func(when bool, words ...string) {
		if when {
			out = append(out, words...)
		}
	}
	add(p.Bool("delay_updates"), "--delay-updates", "-F")
	add(p.Bool("compress"), "--compress")
	add(p.Int("rsync_timeout") != 0, fmt.Sprintf("--timeout=%d", p.Int("rsync_timeout")))
	add(p.Check, "--dry-run")
	add(p.Bool("delete"), "--delete-after")
	add(p.Bool("existing_only"), "--existing")
	add(p.Bool("checksum"), "--checksum")
	add(p.Bool("copy_links"), "--copy-links")
	archive := p.Bool("archive")
	add(archive, "--archive")
	for _, name := range []string{"recursive", "links", "perms", "times", "owner", "group"} {
		add(archive && p.Has(name) && !p.Bool(name), "--no-"+name)
		add(!archive && p.Bool(name), "--"+name)
	}
	add(p.Bool("dirs"), "--dirs")
	return out
}

// remoteShell is rsync's option for the program that connects, where one of the sides is another host.
func remoteShell(sys target.System, p *module.Params, src, dest string) []string {
	if !onHost(src) && !onHost(dest) {
		return nil
	}
	if own := sys.Getenv(module.RemoteShell); own != "" {
		return []string{"--rsh=" + shellwords.Quote(own)}
	}
	ssh := []string{"ssh"}
	if found, err := programs.Find(sys, "ssh"); err == nil {
		ssh[0] = found
	}
	if !p.Bool("ssh_connection_multiplexing") {
		ssh = append(ssh, "-S", "none")
	}
	if key := p.Str("private_key"); key != "" {
		ssh = append(ssh, "-i", key)
	}
	if p.Has("dest_port") {
		ssh = append(ssh, "-o", fmt.Sprintf("Port=%d", p.Int("dest_port")))
	}
	if !p.Bool("verify_host") {
		ssh = append(ssh, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
	}
	if args := p.Str("_ssh_args"); args != "" {
		ssh = append(ssh, args)
	}
	return []string{"--rsh=" + shellwords.Quote(strings.Join(ssh, " "))}
}

// onHost reports whether a path is one of another host that is reached by a remote shell: "host:path", not an rsync daemon's.
func onHost(name string) bool {
	before, after, ok := strings.Cut(name, ":")
	return ok && before != "" && !strings.Contains(before, "/") && !strings.HasPrefix(after, ":") && !strings.HasPrefix(name, "rsync://")
}

// linkDest gives the options for hard links. A folder that dest is in would make rsync walk in circles.
func linkDest(sys target.System, p *module.Params, dest string) ([]string, *module.Result) {
	if len(p.List("link_dest")) == 0 {
		return nil, nil
	}
	out := []string{"-H", "-vv"}
	for _, l := range p.Strs("link_dest") {
		folder, own := absolute(sys, l), absolute(sys, dest)
		if own != folder && strings.HasPrefix(own, folder) {
			r := module.Fail("Hardlinking into a subdirectory of the source would cause recursion. %s and %s", own, dest)
			return nil, &r
		}
		out = append(out, "--link-dest="+folder)
	}
	return out, nil
}

func absolute(sys target.System, name string) string {
	if !path.IsAbs(name) {
		name = path.Join(sys.Dir(), name)
	}
	return path.Clean(name)
}
