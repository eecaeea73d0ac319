package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
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

// SumFile gives the checksum of a file that holds a program, and its size. The file is read in pieces that stay in the processor's cache:
// mapping it costs more than reading it.
func SumFile(name string) (sum string, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	piece := make([]byte, 64<<10)
	for {
		n, err := f.Read(piece)
		h.Write(piece[:n]) // never fails
		size += int64(n)
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), size, nil
		}
		if err != nil {
			return "", 0, err
		}
	}
}
