// Package colenc encodes single columns: integers, strings, fixed-width bytes,
// row sets and membership filters. It is pure: bytes in, bytes out, no files,
// no goroutines, no state. What a column means, where its bytes lie and which
// checksum covers them is decided by the rooms above.
//
// Every encoded column starts with a byte that names its encoding, so that new
// encodings can be added while old bytes stay readable; an encoding that is
// not known is [ErrCorrupt] with the number in its text. The writer tries the
// encodings that can win and keeps the smallest.
//
// Readers distrust every byte: lengths are held against what the caller
// expects and against the input before anything is allocated, and any
// contradiction is [ErrCorrupt]. Readers do not find every flipped bit: that
// is the checksum's work ([Checksum]).
//
// The columns:
//
//	Ints     AppendInts, InfoInts (zone map without decoding), DecodeInts,
//	         SelectInts (some rows), FilterInts (a range, as a row set)
//	Strings  AppendStrings, DecodeStrings: dictionaries and free text
//	Fixed    AppendFixed, DecodeFixed: UUIDs, hashes
//	Bitmap   sets of rows: plain words, or runs
//	Filter   "may this column hold this token or three-letter sequence?"
package colenc

import (
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrCorrupt marks bytes that no writer of this package has written.
var ErrCorrupt = errors.New("corrupt column")

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// Level chooses between speed and size.
type Level uint8

const (
	Plain   Level = iota // not compressed: for small parts that are compressed together
	Fast                 // for what is written once and soon merged
	Compact              // for what lives long: also tries entropy coding
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is CRC32C, the checksum of every block above this package.
func Checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }
