package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"syscall"
)

// Sum gives the checksum of a program of the agent: its SHA-256, in hex. A program that is damaged, cut off or of another
// build has another one.
//
// It is not there to stop who may write to the folder in which the program is kept, which is the same user: the program
// itself tells its checksum, as it could with any other.
func Sum(program []byte) string {
	sum := sha256.Sum256(program)
	return hex.EncodeToString(sum[:])
}

// SumFile gives the checksum of a file that holds a program, and its size.
func SumFile(name string) (sum string, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	size = info.Size()
	if b, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_PRIVATE|syscall.MAP_POPULATE); err == nil {
		sum = Sum(b)
		return sum, size, syscall.Munmap(b)
	}
	b, err := io.ReadAll(f) // a file system that can't map files
	return Sum(b), size, err
}
