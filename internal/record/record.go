// Package record keeps what came of each task of a run on each host, in a file that only grows, so that a run that failed
// or was killed at any instant can go on where it ended. It knows results and values, nothing of playbooks, hosts and vaults:
// the runner says which task a result belongs to, and the command line how the key of the record is locked.
//
// A record is a row of frames: length, checksum, kind, content. A frame is written with one write before anybody is told of the
// result in it; what a kill or a full disk cuts off is the last frame alone, and is left out when the record is read. The file is
// synced once a second, so that a power failure costs the last second: its tasks run again.
//
// With a vault id everything that a result holds is encrypted: AES-256-GCM under a random key, which stands in the header as an
// Ansible vault. Without one a result that holds a secret, or comes from a task with no_log, is not kept: its task runs again.
package record

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// ID names a task without saying anything of it: see Record.Identify.
type ID [16]byte

// Key is the place of a result in a run.
type Key struct {
	Task ID
	N    uint32 // how often the host came to this task in the play before
	Host string
}

// Outcome is what came of a task on a host.
type Outcome struct {
	Delegated string // the host that the task ran on instead, "" when none
	Result    *result.Result
	Notify    []string // handlers
	Includes  []Include
}

// Include is what an include asked for.
type Include struct {
	Kind       byte
	Args, Vars *value.Dict // Vars is nil without a loop
	Label      string
	Item       bool
}

// Header is what a record says of its run in the open.
type Header struct {
	Program string    // the version of the program
	Started time.Time // when the run began
	Dir     string    // the working directory
	Args    []string  // the options of the run, without those that may hold secrets
	Lacks   bool      // there were such options, and they are not kept
	Label   string    // the vault id that the record is locked with, "" for none
}

// Options are those of a new record.
type Options struct {
	Path   string // of its file; it is made with the first result, and the folder with it
	Header Header
	Hidden []byte // what is kept encrypted only: options that may hold secrets
	// Seal locks the key of the record as an Ansible vault; nil: there is no vault id.
	Seal func(key []byte) (text []byte, err error)
	// Sensitive reports whether a text holds something that may not be written; it is asked where there is no vault id.
	Sensitive func(text string) bool
	// Broken is told once when the record can't be written any more. The run goes on.
	Broken func(err error)
}

// Record is the record of a run. Its methods may be called by several goroutines at once.
type Record struct {
	o   Options
	key []byte // random: for identities and for encryption
	gcm cipher.AEAD

	mu      sync.Mutex
	f       *os.File // nil before the first result
	broken  bool
	lost    bool // a host is out of the run
	removed bool // the file is gone: nothing is left to go on with
	dirty   bool // something was written since the last sync
	stop    chan struct{}
	synced  sync.WaitGroup

	hidden  []string      // texts that may not be written in the open
	earlier map[Key]entry // what is left of the run that goes on
	resumed bool
	files   map[string]*source.File // that restored values stand in
	Restore Restore
}

// Restore says how what a record holds becomes values again.
type Restore struct {
	// Vault makes the value of an inline vault that was never opened.
	Vault func(text string, at source.Pos) (value.Value, error)
	// Secret is told of each text that is marked secret, so that it can be masked.
	Secret func(text string)
}

const keySize = 32

// New gives the record of a run that begins. Nothing is written before the first result.
func New(o Options) (*Record, error) {
	r := &Record{o: o, key: make([]byte, keySize)}
	if _, err := rand.Read(r.key); err != nil {
		return nil, err
	}
	return r, r.cipher()
}

func (r *Record) cipher() error {
	block, err := aes.NewCipher(r.subkey("entries"))
	if err != nil {
		return err
	}
	r.gcm, err = cipher.NewGCM(block)
	return err
}

func (r *Record) subkey(use string) []byte {
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(use))
	return mac.Sum(nil)
}

// sealed reports whether results are encrypted.
func (r *Record) sealed() bool { return r.o.Seal != nil || r.o.Header.Label != "" }

// Identify gives the ID of what is described by values and texts: equal for equal descriptions within one record, and
// telling nothing of them without its key. The marks of values don't count, nor where they stand.
func (r *Record) Identify(parts ...any) ID {
	e := encoder{content: true}
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			e.text(p)
		case ID:
			e.b = append(e.b, p[:]...)
		case value.Value:
			e.value(p)
		case nil:
			e.value(nil)
		}
	}
	mac := hmac.New(sha256.New, r.key)
	mac.Write(e.b)
	return ID(mac.Sum(nil)[:len(ID{})])
}

// Add keeps what came of a task on a host. When it returns, the result outlives the process.
func (r *Record) Add(k Key, o Outcome) {
	var e encoder
	e.outcome(o)
	again := e.err != nil
	if !again && !r.sealed() {
		again = e.secret || r.hides(string(e.b))
	}
	if again {
		r.write(frameAgain, k.bytes())
		return
	}
	body := e.b
	if r.sealed() {
		body = r.encrypt(body, k.bytes())
	}
	r.write(frameEntry, append(k.bytes(), body...))
}

// Hide names a text that may not be written in the open: an answer that was typed unseen. One that is too short to tell from
// other texts, below four bytes, is not looked for.
func (r *Record) Hide(text string) {
	if len(text) < 4 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hidden = append(r.hidden, text)
}

func (r *Record) hides(text string) bool {
	if r.o.Sensitive != nil && r.o.Sensitive(text) {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.hidden, func(s string) bool { return strings.Contains(text, s) })
}

// encrypt gives nonce and ciphertext; about is what the ciphertext belongs to.
func (r *Record) encrypt(plain, about []byte) []byte {
	nonce := make([]byte, r.gcm.NonceSize(), r.gcm.NonceSize()+len(plain)+r.gcm.Overhead())
	_, _ = rand.Read(nonce) // it never fails
	return r.gcm.Seal(nonce, nonce, plain, about)
}

func (r *Record) decrypt(body, about []byte) ([]byte, error) {
	n := r.gcm.NonceSize()
	if len(body) < n {
		return nil, errBody
	}
	return r.gcm.Open(nil, body[:n], body[n:], about)
}

// Lost says that a host is out of the run. Its result for k, when that is why, counts for nothing when the run goes on, nor does
// what it does from now on.
func (r *Record) Lost(host string, why *Key) {
	r.setLost(true)
	k := Key{Host: host}
	kind := frameLost
	if why != nil {
		k, kind = *why, frameFailed
	}
	r.write(kind, k.bytes())
}

// Forgiven says that all hosts that were lost are part of the run again, with all that they did.
func (r *Record) Forgiven() {
	r.setLost(false)
	r.write(frameForgiven, nil)
}

func (r *Record) setLost(lost bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = lost
}

// AnyLost reports whether a host is out of the run that would go on with it. A run may fail without: when a failure that was
// rescued ends the plays of all hosts.
func (r *Record) AnyLost() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

// Earlier gives what came of a task on a host in the run that goes on, and forgets it. For a failure forgiven tells that the
// host went on after it.
func (r *Record) Earlier(k Key) (o Outcome, forgiven, ok bool) {
	r.mu.Lock()
	e, ok := r.earlier[k]
	delete(r.earlier, k)
	r.mu.Unlock()
	if !ok || e.again {
		return Outcome{}, false, false
	}
	body := e.body
	if r.sealed() {
		var err error
		if body, err = r.decrypt(body, k.bytes()); err != nil {
			return Outcome{}, false, false
		}
	}
	d := decoder{b: body, file: r.place, vault: r.Restore.Vault, taken: r.Restore.Secret}
	o = d.outcome()
	return o, e.forgiven, d.err == nil
}

// Has reports whether there is a result of the run that goes on.
func (r *Record) Has(k Key) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.earlier[k]
	return ok && !e.again
}

// Resumed reports whether a run goes on with the record.
func (r *Record) Resumed() bool { return r.resumed }

// Left is how many results of the run that goes on nobody asked for.
func (r *Record) Left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.earlier)
}

// Kept reports whether there is a file to go on with.
func (r *Record) Kept() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.f != nil && !r.broken && !r.removed
}

// End ends the record: after a run that went well its file is removed, else it stays.
func (r *Record) End(well bool) error {
	if !well {
		r.write(frameEnd, nil)
	}
	r.mu.Lock()
	f := r.f
	if f != nil && r.stop != nil {
		close(r.stop)
		r.stop = nil
	}
	r.mu.Unlock()
	if f == nil {
		return nil
	}
	r.synced.Wait()
	if well {
		defer f.Close()
		r.mu.Lock()
		r.removed = true
		r.mu.Unlock()
		return os.Remove(f.Name())
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// place gives files by their names, each read once, for the lines that errors show.
func (r *Record) place(name string, sensitive bool) *source.File {
	if sensitive {
		return source.NewSensitiveFile(name, "")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.files[name]; f != nil {
		return f
	}
	text, err := os.ReadFile(name)
	if err != nil { // it was no file, or is gone
		text = nil
	}
	f := source.NewFile(name, string(text))
	if r.files == nil {
		r.files = map[string]*source.File{}
	}
	r.files[name] = f
	return f
}
