package tunnel

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Main is the program that is started in place of ssh: args are the socket's path and what a caller of ssh appends, which are
// options of ssh with their values ("-l user"), the host, and the command. What is said of the host does not count: the tunnel
// goes to one host. It returns the exit code of the command, 255 where it could not be run.
func Main(args []string, stdin, stdout, stderr *os.File) int {
	code, err := request(args, stdin, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "kimai-ansible:", err)
		return failed
	}
	return code
}

func request(args []string, streams ...*os.File) (int, error) {
	if len(args) == 0 {
		return 0, fmt.Errorf("%s is for programs that kimai-ansible starts", Word)
	}
	command := args[1:]
	for len(command) > 0 && strings.HasPrefix(command[0], "-") {
		if len(command[0]) == 2 && len(command) > 1 && strings.Contains(optionsWithValue, command[0][1:]) {
			command = command[1:]
		}
		command = command[1:]
	}
	if len(command) < 2 {
		return 0, fmt.Errorf("no host and command in %q", args[1:])
	}
	// a shell of the host reads the words, joined by blanks, as it reads those of ssh
	text := strings.Join(command[1:], " ")
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: args[0], Net: "unix"})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	head := binary.BigEndian.AppendUint32(nil, uint32(len(text))) //nolint:gosec // of argv
	fds := make([]int, len(streams))
	for i, s := range streams {
		fds[i] = int(s.Fd())
	}
	if _, _, err := c.WriteMsgUnix(head, unix.UnixRights(fds...), nil); err != nil {
		return 0, err
	}
	if _, err := c.Write([]byte(text)); err != nil {
		return 0, err
	}
	var code int32
	if err := binary.Read(c, binary.BigEndian, &code); err != nil {
		return 0, fmt.Errorf("the connection has ended: %w", err)
	}
	return int(code), nil
}

// optionsWithValue are those of ssh(1) that take a value.
const optionsWithValue = "BbcDEeFIiJLlmOoPpQRSWw"
