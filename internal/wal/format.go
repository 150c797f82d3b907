package wal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
	"strconv"
	"strings"
)

// The layout is drawn in the package comment.
const (
	magic        = "SKYWAL\r\n"
	fileHeader   = 44
	recordHeader = 16
	suffix       = ".wal"

	// version counts changes of the format. 1: first.
	version = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func fileName(number uint64) string { return fmt.Sprintf("%012d%s", number, suffix) }

// parseName returns the number of a log file, or false for any other name.
func parseName(name string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	if !ok || len(digits) < 12 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil && n > 0 && fileName(n) == name
}

// header is the decoded head of a file.
type header struct {
	number, prev, salt uint64
}

func (h header) encode() []byte {
	b := make([]byte, 0, fileHeader)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint64(b, h.number)
	b = binary.LittleEndian.AppendUint64(b, h.prev)
	b = binary.LittleEndian.AppendUint64(b, h.salt)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeHeader(b []byte) (header, error) {
	if len(b) < fileHeader {
		return header{}, fmt.Errorf("%w: file header of %d bytes, want %d", ErrCorrupt, len(b), fileHeader)
	}
	b = b[:fileHeader]
	if string(b[:8]) != magic {
		return header{}, fmt.Errorf("%w: magic %q, want %q", ErrCorrupt, b[:8], magic)
	}
	if got, want := crc32.Checksum(b[:40], castagnoli), binary.LittleEndian.Uint32(b[40:]); got != want {
		return header{}, fmt.Errorf("%w: file header checksum %08x, want %08x", ErrCorrupt, got, want)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != version {
		return header{}, fmt.Errorf("write-ahead log format %d, this program reads %d", v, version)
	}
	return header{
		number: binary.LittleEndian.Uint64(b[16:]),
		prev:   binary.LittleEndian.Uint64(b[24:]),
		salt:   binary.LittleEndian.Uint64(b[32:]),
	}, nil
}

// seedOf is the checksum of a salt: the sums of a file's records go on from it,
// so it says all of the salt that they depend on.
func seedOf(salt uint64) uint32 {
	return crc32.Checksum(binary.LittleEndian.AppendUint64(nil, salt), castagnoli)
}

// appendRecord appends the record that will lie at offset off of a file.
func appendRecord(dst []byte, seed uint32, off, base int64, payload []byte) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(payload)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(base))
	dst = append(dst, payload...)
	binary.LittleEndian.PutUint32(dst[start:], recordSum(seed, off, dst[start+4:]))
	return dst
}

// recordSum is the checksum of a record whose bytes behind the checksum are b.
func recordSum(seed uint32, off int64, b []byte) uint32 {
	var place [8]byte
	binary.LittleEndian.PutUint64(place[:], uint64(off))
	return crc32.Update(crc32.Update(seed, castagnoli, place[:]), castagnoli, b)
}

// recordHead checks what can be checked of the record at off from its first
// recordHeader bytes: length and base.
func recordHead(b []byte, off, fileSize int64) (length int, base int64, ok bool) {
	n := int64(binary.LittleEndian.Uint32(b[4:]))
	base = int64(binary.LittleEndian.Uint64(b[8:]))
	ok = n >= 1 && n <= MaxRecord && n <= fileSize-off-recordHeader && base >= fileHeader && base <= off
	return int(n), base, ok
}

// syncedBehind looks for a whole record behind the bad one at off in tail (the
// bytes of the file from off on) whose base proves that the bytes at off had
// been synced. See the crash argument.
func syncedBehind(tail []byte, seed uint32, off int64) (at int64, found bool) {
	for r := range wholeRecords(tail, seed, off, 1) {
		if r.base > off {
			return r.off, true
		}
	}
	return 0, false
}

// foundRecord is a whole record that lies somewhere in damaged bytes.
type foundRecord struct {
	off, base int64
	payload   []byte
}

// wholeRecords looks for whole records in b, which lies at offset off of a
// file, from b[from] on. It goes on behind each one found.
func wholeRecords(b []byte, seed uint32, off int64, from int) iter.Seq[foundRecord] {
	return func(yield func(foundRecord) bool) {
		size := off + int64(len(b))
		for i := from; i+recordHeader <= len(b); i++ {
			n, base, ok := recordHead(b[i:], off+int64(i), size)
			if !ok {
				continue
			}
			end := i + recordHeader + n
			if recordSum(seed, off+int64(i), b[i+4:end]) != binary.LittleEndian.Uint32(b[i:]) {
				continue
			}
			if !yield(foundRecord{off + int64(i), base, b[i+recordHeader : end]}) {
				return
			}
			i = end - 1
		}
	}
}
