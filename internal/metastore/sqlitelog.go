package metastore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// SQLite's write-ahead log, meta.db-wal, as far as telling damage from a torn
// tail needs it. Integers are big-endian; S1 and S2 are the salts of the file's
// present round: frames with others are left over from the round before.
//
//	file header (32 bytes)
//	offset size
//	     0    4  magic 0x377f0682, or 0x377f0683: the sums are of big-endian words
//	     4    4  format version 3007000
//	     8    4  page size
//	    12    4  checkpoint number
//	    16    8  S1, S2
//	    24    8  checksum of bytes 0..23
//
//	frame (24 + page size), one after the other
//	     0    4  page number
//	     4    4  pages of the database, when the frame ends a transaction; else 0
//	     8    8  S1, S2
//	    16    8  checksum, going on from the frame's before, of bytes 0..7 and the page
//	    24       page
const (
	sqliteLogHeader   = 32
	sqliteFrameHeader = 24
	sqliteLogMagic    = 0x377f0682 // the last bit is the byte order
)

// checkSQLiteLog reports damage to SQLite's log that SQLite itself takes for the
// end of the log, silently forgetting what lies behind. Every transaction is synced
// before the next one begins. So a bad frame is damage, and no write that a crash
// has cut, when behind it a transaction ends and a whole frame of another follows;
// that can be told since a frame's checksum goes on from the stored one of the
// frame before. Damage to the last transaction cannot be told here: the journal
// knows that change.
func checkSQLiteLog(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return checkSQLiteFrames(b)
}

func checkSQLiteFrames(b []byte) error {
	if len(b) <= sqliteLogHeader {
		return nil // nothing was written, or the header was cut
	}
	magic := binary.BigEndian.Uint32(b)
	sum := sqliteSum{big: magic&1 == 1}
	sum.add(b[:24])
	page := int(binary.BigEndian.Uint32(b[8:]))
	if magic&^1 != sqliteLogMagic || !sum.is(b[24:]) || page < 512 || page > 65536 || page&(page-1) != 0 {
		return fmt.Errorf("bad header before %d bytes of frames: it is synced before the first of them", len(b)-sqliteLogHeader)
	}
	salts := string(b[16:24])
	size := sqliteFrameHeader + page
	bad, ended := -1, false
	for at := sqliteLogHeader; at+size <= len(b); at += size {
		frame := b[at : at+size]
		present := string(frame[8:16]) == salts
		sum.add(frame[:8])
		sum.add(frame[sqliteFrameHeader:])
		whole := present && sum.is(frame[16:])
		switch {
		case whole && ended:
			return fmt.Errorf("bad frame at offset %d, although the whole one at offset %d proves that it was synced", bad, at)
		case !whole && bad < 0:
			bad = at
		}
		ended = ended || bad >= 0 && present && binary.BigEndian.Uint32(frame[4:]) != 0
		sum.s0, sum.s1 = binary.BigEndian.Uint32(frame[16:]), binary.BigEndian.Uint32(frame[20:])
	}
	return nil
}

// sqliteSum is SQLite's checksum of 32-bit words, taken in pairs.
type sqliteSum struct {
	big    bool
	s0, s1 uint32
}

func (s *sqliteSum) add(b []byte) {
	var order binary.ByteOrder = binary.LittleEndian
	if s.big {
		order = binary.BigEndian
	}
	for ; len(b) >= 8; b = b[8:] {
		s.s0 += order.Uint32(b) + s.s1
		s.s1 += order.Uint32(b[4:]) + s.s0
	}
}

// is reports whether the sum is the stored one at the beginning of b.
func (s *sqliteSum) is(b []byte) bool {
	return s.s0 == binary.BigEndian.Uint32(b) && s.s1 == binary.BigEndian.Uint32(b[4:])
}
