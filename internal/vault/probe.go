package vault

// A Probe is asked before each call to the file system that writes a file or reads it back, with the name of the call and
// the path. An error that it returns is taken for that of the call, which is then not made. The nil Probe lets everything
// through. A test makes a disk of it that is full or broken, or ends the process there.
type Probe func(call, path string) error

// Ask calls the probe if there is one.
func (p Probe) Ask(call, path string) error {
	if p == nil {
		return nil
	}
	return p(call, path)
}
