package wire

import (
	"encoding/hex"
	"io"
	"os"

	"github.com/zeebo/xxh3"
)

// Sum gives the hash of a program of the agent: its XXH3 of 128 bits, in hex. A program that is damaged, cut off or of another
// build has another one.
//
// It is not there to stop who may write to the folder in which the program is kept, which is the same user: the program
// itself tells its hash, as it could with that of any cryptographic one. So it is a hash that costs little, for it is made at every
// contact by every host.
// Source: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
func Sum(program []byte) string {
	sum := xxh3.Hash128(program).Bytes()
	return hex.EncodeToString(sum[:])
}

// SumFile gives the hash of a file that holds a program, and its size. The file is read in pieces that stay in the processor's cache:
// mapping it costs more than reading it.
func SumFile(name string) (sum string, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := xxh3.New()
	piece := make([]byte, 64<<10)
	for {
		n, err := f.Read(piece)
		_, _ = h.Write(piece[:n]) // never fails
		size += int64(n)
		if err == io.EOF {
			sum := h.Sum128().Bytes()
			return hex.EncodeToString(sum[:]), size, nil
		}
		if err != nil {
			return "", 0, err
		}
	}
}
