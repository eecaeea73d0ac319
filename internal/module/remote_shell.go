package module

// RemoteShell is a variable in the environment of a module that runs on the control node, for the action that calls it: a
// command line that a program starts in place of ssh, to which the program appends the host and what is to run there. It leads
// over a connection that the control node holds already.
const RemoteShell = "KIMAI_ANSIBLE_REMOTE_SHELL"
