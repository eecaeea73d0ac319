// Package limit does the least that work over SSH can take: for each host one connection with its handshake, and one
// command in it, a shell which for each task reads a line, starts a program and writes a line. That is one round trip and one
// fork for each task, with nothing around it. What a benchmark calls the limit is this, done here and now.
package limit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Work is what is done.
type Work struct {
	Hosts      []string // address:port
	User       string
	Key        string // file
	KnownHosts string // file
	Tasks      int    // on each host, one after another
}

// loop is the command of a host. The program is called by its path, so that the shell does start it.
const loop = `exec /bin/sh -c 'while read -r x; do /bin/true; echo; done'`

// Do does the work, on all hosts at once.
func Do(w Work) error {
	text, err := os.ReadFile(w.Key)
	if err != nil {
		return err
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return err
	}
	known, err := knownhosts.New(w.KnownHosts)
	if err != nil {
		return err
	}
	config := &ssh.ClientConfig{
		User: w.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: known,
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
	}
	errs := make([]error, len(w.Hosts))
	var all sync.WaitGroup
	for i, h := range w.Hosts {
		all.Go(func() { errs[i] = host(h, config, w.Tasks) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func host(addr string, config *ssh.ClientConfig, tasks int) error {
	c, err := ssh.Dial("tcp", addr, config)
	if err != nil {
		return fmt.Errorf("%s: %w", addr, err)
	}
	defer c.Close()
	s, err := c.NewSession()
	if err != nil {
		return err
	}
	in, err := s.StdinPipe()
	if err != nil {
		return err
	}
	out, err := s.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.Start(loop); err != nil {
		return err
	}
	answers := bufio.NewReader(out)
	for range tasks {
		if _, err := io.WriteString(in, "x\n"); err != nil {
			return err
		}
		if _, err := answers.ReadString('\n'); err != nil {
			return err
		}
	}
	if err := in.Close(); err != nil {
		return err
	}
	return s.Wait()
}

const mode = "KIMAI_BENCH_LIMIT"

// Command gives the arguments and the environment of this program that make its Main do the work.
func (w Work) Command() (args, env []string) {
	args = append([]string{"/proc/self/exe", w.User, w.Key, w.KnownHosts, strconv.Itoa(w.Tasks)}, w.Hosts...)
	return args, []string{mode + "=1"}
}

// Main does work and ends, when that is what this process was started for.
func Main() {
	if os.Getenv(mode) == "" {
		return
	}
	a := os.Args[1:]
	n, err := strconv.Atoi(a[3])
	if err == nil {
		err = Do(Work{User: a[0], Key: a[1], KnownHosts: a[2], Tasks: n, Hosts: a[4:]})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "limit:", strings.TrimSpace(err.Error()))
		os.Exit(1)
	}
	os.Exit(0)
}

// Addr joins an address and a port.
func Addr(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
