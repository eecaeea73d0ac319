package wire

import (
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// castagnoli is the polynomial of CRC-32C (RFC 3720, 12.1).
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Sum gives the checksum of a program of the agent: its CRC-32C and its CRC-32 (as gzip has it), in hex. A program that is damaged, cut off
// or of another build has another one, but for one in 2^64.
//
// It is not there to stop who may write to the folder in which the program is kept, which is the same user: the program
// itself tells its checksum, as it could with any other, and with that of any cryptographic hash. So it is one that costs little: it is made
// at every contact, by every host.
func Sum(program []byte) string {
	return sums{crc32.Checksum(program, castagnoli), crc32.ChecksumIEEE(program)}.String()
}

// SumFile gives the checksum of a file that holds a program, and its size. The file is read in pieces that stay in the processor's cache:
// mapping it costs more than reading it.
func SumFile(name string) (sum string, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	var s sums
	piece := make([]byte, 64<<10)
	for {
		n, err := f.Read(piece)
		s[0], s[1] = crc32.Update(s[0], castagnoli, piece[:n]), crc32.Update(s[1], crc32.IEEETable, piece[:n])
		size += int64(n)
		if err == io.EOF {
			return s.String(), size, nil
		}
		if err != nil {
			return "", 0, err
		}
	}
}

type sums [2]uint32

// String gives the text of the checksum.
func (s sums) String() string { return fmt.Sprintf("%08x%08x", s[0], s[1]) }
