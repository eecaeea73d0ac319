package moduletest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The list of normalisations: what may differ between two runs, or between a machine and another, for the same work.

// dropped are keys that the callback of the recording adds, or that depend on programs of the recording's machine (lsattr
// and file are not installed there).
var dropped = map[string]bool{
	"_ansible_no_log": true, "_ansible_verbose_override": true, "action": true, "exception": true, "_ansible_delegated_vars": true,
	"attr_flags": true, "deprecator": true, "version": true, "mimetype": true, "charset": true,
}

// masked are keys whose value changes with time, inode and filesystem; that they are there, and their type, is compared.
var masked = map[string]bool{
	"atime": true, "ctime": true, "mtime": true, "delta": true, "start": true, "end": true,
	"date": true, "elapsed": true,
	"inode": true, "dev": true, "blocks": true, "block_size": true,
}

// random are keys whose value is random, or made of random keys.
var random = map[string]bool{"modulus": true, "x": true, "y": true, "serial_number": true}

var texts = []struct {
	re *regexp.Regexp
	to string
}{
	// the name of a backup
	{regexp.MustCompile(`\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~`), ".PID.TIME~"},
	// the copied file in the temporary directory of Ansible; ours needs none
	{regexp.MustCompile(`/root/\.ansible/tmp/[^ "']*`), "TMP"},
	{regexp.MustCompile(`'[^']*ansible-tmp[^']*'`), "'TMP'"},
	{regexp.MustCompile(`@W@(/[^ "']*)?/(\.ansible_tmp|tmp[a-z0-9_]{8}$)[^ "']*`), "TMP"},
	{regexp.MustCompile(`/tmp/\.ansible_tmp[^ "']*`), "TMP"},
	// the name of a file beside the one that is written, which ours has none of
	{regexp.MustCompile(`/(tmp|\.ansible_m_sysctl_)[a-z0-9_]{8}(\.conf)?'$`), "/${1}RANDOM'"},
	// where in its source Python's ssl has met an error
	{regexp.MustCompile(` \(_ssl\.c:\d+\)`), ""},
	// what stands between the parts of a form
	{regexp.MustCompile(`={15}\d+==`), "BOUNDARY"},
	// a machine without a resolver
	{regexp.MustCompile(`Temporary failure in name resolution`), "Name or service not known"},
	// the random part of a temporary file's name
	{regexp.MustCompile(`ansible\.[a-z0-9_]{8}`), "ansible.RANDOM"},
	// whom to tell of what the modules of community.docker don't understand
	{regexp.MustCompile(`\. Please report this at https://[^ "']*bug_report\.md`), ""},
	// Python gives the words in the order of a set
	{regexp.MustCompile(`Valid booleans include: .*`), "Valid booleans include: ..."},
}

// randomTexts are of random keys.
var randomTexts = []struct {
	re *regexp.Regexp
	to string
}{
	{regexp.MustCompile(`^[0-9a-f]{2}(:[0-9a-f]{2}){15,}$`), "FINGERPRINT"},
	{regexp.MustCompile(`(?s)-----BEGIN ([A-Z ]+)-----.*-----END [A-Z ]+-----\n?`), "PEM $1"},
	{regexp.MustCompile(`^\d{14}Z$`), "TIME"},
	{regexp.MustCompile(`^SHA256:.*$`), "FINGERPRINT"},
	{regexp.MustCompile(`^((ssh|ecdsa)-[a-z0-9-]+ )?AAAA[^ ]*$`), "${1}KEY"},
}

func normaliseText(s, dir string, exact bool) string {
	s = strings.ReplaceAll(s, dir, "@W@")
	for _, x := range texts {
		s = x.re.ReplaceAllString(s, x.to)
	}
	for _, x := range randomTexts {
		if exact {
			break
		}
		s = x.re.ReplaceAllString(s, x.to)
	}
	return s
}

// normalise returns a result without what may differ, as indented JSON with sorted keys.
func normalise(t *testing.T, result []byte, dir string, exact bool) []byte {
	t.Helper()
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(result))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatalf("%v in %s", err, result)
	}
	out := walk(m, dir, exact).(map[string]any)
	b, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func walk(v any, dir string, exact bool) any {
	switch v := v.(type) {
	case string:
		return normaliseText(v, dir, exact)
	case []any:
		for i := range v {
			v[i] = walk(v[i], dir, exact)
		}
	case map[string]any:
		walkMap(v, dir, exact)
	}
	return v
}

func walkMap(m map[string]any, dir string, exact bool) {
	ownAccount(m)
	dropOwnDeprecations(m)
	if args, ok := m["invocation"].(map[string]any); ok && args["module_args"] != nil {
		m["invocation"] = map[string]any{"module_args": args["module_args"]} // some actions add their arguments a second time
	}
	if m["state"] == "directory" || m["state"] == "link" || m["isdir"] == true || m["islnk"] == true {
		for _, k := range []string{"size", "nlink"} { // of a directory as the filesystem counts them, of a link its text's length
			if m[k] != nil {
				m[k] = "NUMBER"
			}
		}
	}
	if d, ok := m["responses"].(map[string]any); ok && m["echo"] != nil { // ours does not show answers
		for k := range d {
			d[k] = "ANSWER"
		}
	}
	for k, v := range m {
		if name := strings.ReplaceAll(k, dir, "@W@"); name != k { // paths as keys, as in find's skipped_paths
			delete(m, k)
			m[name] = walk(v, dir, exact)
			continue
		}
		switch {
		case dropped[k], k == "attributes" && v != nil && !isArgs(m):
			delete(m, k)
		case masked[k], !exact && random[k]:
			m[k] = typeWord(v)
		case k == "_original_basename" && (v == nil || tempName.MatchString(fmt.Sprint(v))):
			m[k] = "RANDOM"
		case k == "src" && (m["checksum"] != nil && m["md5sum"] != nil || isArgs(m) && m["checksum"] != nil || isTemp(walk(v, dir, exact))):
			m[k] = "SOURCE" // the temporary copy; ours names the file on the control node
		default:
			m[k] = walk(v, dir, exact)
		}
	}
	if list, ok := m["files"].([]any); ok { // in the order of the folder, which is the filesystem's
		slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(pathOf(a), pathOf(b)) })
	}
}

// dropOwnDeprecations drops what modules of Ansible's collections are told about their own code.
func dropOwnDeprecations(m map[string]any) {
	list, ok := m["deprecations"].([]any)
	if !ok {
		return
	}
	kept := slices.DeleteFunc(list, func(d any) bool {
		e, _ := d.(map[string]any)
		msg, _ := e["msg"].(string)
		return strings.HasPrefix(msg, "Passing `warnings` to ")
	})
	m["deprecations"] = kept
	if len(kept) == 0 {
		delete(m, "deprecations")
	}
}

// pathOf is the path in a description of a file, or a file's name.
func pathOf(v any) string {
	if m, ok := v.(map[string]any); ok {
		v = m["path"]
	}
	s, _ := v.(string)
	return s
}

// tempName is the name under which ansible-core's action of copy keeps the argument content.
var tempName = regexp.MustCompile(`^(\.[a-z0-9_]{8}|RANDOM)$`)

func isTemp(v any) bool {
	s, ok := v.(string)
	return ok && (s == "" || s == "TMP" || s == "SOURCE" || strings.HasPrefix(s, "/root/.ansible/tmp/"))
}

// isArgs tells a module's arguments from a result.
func isArgs(m map[string]any) bool { _, ok := m["unsafe_writes"]; return ok }

// ownAccount writes root for the account that runs the test.
func ownAccount(m map[string]any) {
	if os.Geteuid() == 0 {
		return
	}
	u, err := user.Current()
	if err != nil {
		return
	}
	group := u.Gid // what stands for one without a name
	if g, err := user.LookupGroupId(u.Gid); err == nil {
		group = g.Name
	}
	for k, v := range m {
		n, isNum := v.(json.Number)
		switch {
		case k == "uid" && isNum && n.String() == u.Uid, k == "gid" && isNum && n.String() == u.Gid:
			m[k] = json.Number("0")
		case (k == "owner" || k == "pw_name") && v == u.Username, (k == "group" || k == "gr_name") && v == group:
			m[k] = "root"
		}
	}
}

// asException evens out the results where Ansible's module ended with an exception: it has no invocation then, and the
// message is the chain that the control node tells. Where ours is a failure as any other, the chain is taken off.
func asException(t *testing.T, got, want []byte) (newGot, newWant []byte) {
	t.Helper()
	const chain = "Task failed: Module failed: "
	if !bytes.Contains(want, []byte(chain)) {
		return got, want
	}
	told := bytes.Contains(got, []byte(chain)) // ours tells it so too
	even := func(b []byte) []byte {
		var m map[string]any
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		if err := dec.Decode(&m); err != nil {
			t.Fatal(err)
		}
		if msg, _ := m["msg"].(string); !told {
			m["msg"] = strings.TrimPrefix(msg, chain)
		}
		delete(m, "invocation") // some actions tell the task's arguments
		out, err := json.MarshalIndent(m, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	return even(got), even(want)
}

func typeWord(v any) any {
	switch v := v.(type) {
	case string:
		if v == "NUMBER" { // normalised already
			return v
		}
		return "TEXT"
	case json.Number:
		return "NUMBER"
	}
	return v
}
