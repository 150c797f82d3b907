package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"skywatch/internal/vfs"
)

// Salvaged is what Salvage did to one file.
type Salvaged struct {
	Name string // of the file
	Err  error  // what was wrong with it; nil when only records were left out or changed
	// Records, of Bytes of payload, were kept, Unwanted records left out by the
	// caller's wish.
	Records, Bytes, Unwanted int64
	Lost                     int64 // bytes of the file in which no whole record was found
	// Missing: there is no such file any more, and all its records are lost.
	Missing bool
}

// Salvage makes a log that [Open] refuses with [ErrCorrupt] one that it opens.
// Damaged files from number from on are written anew with every whole record
// that is found in them: a record's checksum covers its place, so it is found
// again behind a damaged stretch, and also when the file's header, with the salt
// of all checksums, is gone (see seedFrom). A torn tail is left to Open. Of a last
// file that is missing the log is told to do without it.
//
// Every record that is found is given to keep, which returns the payload to keep
// in its stead, nil for none; its result may be the argument, which is the
// log's otherwise. Files of which it changes something are written anew too.
// Before a file is replaced, aside is called with its name and must have kept a
// copy when it returns nil.
//
// The reports are about the files written anew. A crash or an error leaves a log
// that can be salvaged again.
func Salvage(fs vfs.FS, dir string, from uint64, aside func(name string) error, keep func(payload []byte) ([]byte, error)) ([]Salvaged, error) {
	files, err := logFiles(fs, dir, from)
	if err != nil {
		return nil, fmt.Errorf("salvage write-ahead log: %w", err)
	}
	var out []Salvaged
	marked, err := readLast(fs, dir)
	missing := missingLast(files, from, marked)
	switch {
	case errors.Is(err, ErrCorrupt):
		out = append(out, Salvaged{Name: filepath.Join(dir, lastName), Err: err})
	case err != nil:
		return nil, fmt.Errorf("salvage write-ahead log: %w", err)
	case missing > 0:
		out = append(out, Salvaged{Name: filepath.Join(dir, fileName(missing)), Err: errMissing(dir, missing), Missing: true})
	}
	prev := uint64(0)
	for i, number := range files {
		f := salvager{fs: fs, dir: dir, aside: aside, keep: keep,
			number: number, prev: prev, from: from, last: i == len(files)-1}
		f.Name = filepath.Join(dir, fileName(number))
		anew, err := f.salvage()
		if err != nil {
			return out, fmt.Errorf("salvage %s: %w", f.Name, err)
		}
		if anew {
			out = append(out, f.Salvaged)
		}
		prev = number
	}
	if err != nil || missing > 0 {
		if err := writeLast(fs, dir, prev); err != nil {
			return out, fmt.Errorf("salvage write-ahead log: %w", err)
		}
	}
	return out, nil
}

// logFiles lists the numbers of the files from number from on; none when there
// is no such folder.
func logFiles(fs vfs.FS, dir string, from uint64) ([]uint64, error) {
	names, err := fs.List(dir)
	if err != nil && !vfs.IsNotExist(err) {
		return nil, err
	}
	var files []uint64
	for _, name := range names {
		if n, ok := parseName(name); ok && n >= from {
			files = append(files, n)
		}
	}
	slices.Sort(files)
	return files, nil
}

// salvager salvages one file.
type salvager struct {
	Salvaged
	fs    vfs.FS
	dir   string
	aside func(string) error
	keep  func([]byte) ([]byte, error)

	number, prev, from uint64
	last               bool
}

// salvage reports whether the file was written anew.
func (s *salvager) salvage() (anew bool, err error) {
	b, err := vfs.ReadFile(s.fs, s.Name, maxTail)
	if err != nil {
		return false, err
	}
	if s.last && len(b) <= fileHeader {
		return false, nil // its making was cut, and Open removes it
	}
	seed, torn, err := s.judge(b)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return false, err
	}
	s.Err = err
	content := header{number: s.number, prev: s.prev, salt: rand.Uint64()}
	file := content.encode()
	changed := false
	left := int64(len(b)) - torn
	for r := range wholeRecords(b[:left], seed, 0, min(fileHeader, int(left))) {
		left -= recordHeader + int64(len(r.payload))
		payload, err := s.keep(r.payload)
		if err != nil {
			return false, fmt.Errorf("record at offset %d: %w", r.off, err)
		}
		changed = changed || len(payload) != len(r.payload) || &payload[0] != &r.payload[0]
		if len(payload) == 0 {
			s.Unwanted++
			continue
		}
		s.Records++
		s.Bytes += int64(len(payload))
		// Each record is a group of its own: all before it is synced with it.
		file = appendRecord(file, seedOf(content.salt), int64(len(file)), int64(len(file)), payload)
	}
	if s.Err == nil && !changed {
		return false, nil
	}
	s.Lost = max(left-fileHeader, 0)
	return true, s.replace(file)
}

// judge says what is wrong with a file of content b, if anything, what the sums
// of its records go on from, and how many bytes at its end are a torn tail.
func (s *salvager) judge(b []byte) (seed uint32, torn int64, err error) {
	head, err := decodeHeader(b)
	if errors.Is(err, ErrCorrupt) {
		seed, _ = seedFrom(b) // without one, no record is found
		return seed, 0, err
	}
	if err != nil {
		return 0, 0, err
	}
	seed = seedOf(head.salt)
	if head.number != s.number {
		return seed, 0, fmt.Errorf("%w: header says file %d", ErrCorrupt, head.number)
	}
	if head.prev != s.prev && head.prev >= max(s.from, 1) {
		return seed, 0, fmt.Errorf("%w: file %s that came before is missing", ErrCorrupt, fileName(head.prev))
	}
	off := int64(fileHeader)
	for r := range wholeRecords(b, seed, 0, fileHeader) {
		if r.off != off {
			break
		}
		off += recordHeader + int64(len(r.payload))
	}
	if off == int64(len(b)) {
		return seed, 0, nil
	}
	if _, synced := syncedBehind(b[off:], seed, off); s.last && !synced {
		return seed, int64(len(b)) - off, nil
	}
	return seed, 0, fmt.Errorf("%w: bad record at offset %d of %d", ErrCorrupt, off, len(b))
}

// replace puts content in the file's place, durably.
func (s *salvager) replace(content []byte) error {
	if err := s.aside(s.Name); err != nil {
		return err
	}
	tmp := s.Name + ".tmp"
	f, err := s.fs.Create(tmp)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = s.fs.Remove(tmp) // nobody reads it
		return err
	}
	if err := s.fs.Rename(tmp, s.Name); err != nil {
		return err
	}
	return s.fs.SyncDir(s.dir)
}

// seedFrom finds what the sums of a file's records go on from when its header
// is damaged: from the salt, if that is whole, and else from the records. A
// checksum can be computed backwards: a record's own bytes and sum say what it
// went on from, and if the record behind it agrees, both are whole.
//
// A single record of which the salt is lost has nothing that vouches for it, and
// is not believed.
func seedFrom(b []byte) (seed uint32, ok bool) {
	if len(b) < fileHeader {
		return 0, false
	}
	seed = seedOf(binary.LittleEndian.Uint64(b[32:]))
	for range wholeRecords(b, seed, 0, fileHeader) {
		return seed, true
	}
	size := int64(len(b))
	for i := fileHeader; i+recordHeader <= len(b); i++ {
		n, _, ok := recordHead(b[i:], int64(i), size)
		if !ok {
			continue
		}
		next := i + recordHeader + n
		if next+recordHeader > len(b) {
			continue
		}
		m, _, ok := recordHead(b[next:], int64(next), size)
		if !ok {
			continue
		}
		seed := seedBefore(binary.LittleEndian.Uint32(b[i:]), int64(i), b[i+4:next])
		if recordSum(seed, int64(next), b[next+4:next+recordHeader+m]) == binary.LittleEndian.Uint32(b[next:]) {
			return seed, true
		}
	}
	return 0, false
}

// seedBefore is recordSum backwards: the seed from which it makes sum.
func seedBefore(sum uint32, off int64, b []byte) uint32 {
	state := ^sum
	for i := len(b) - 1; i >= 0; i-- {
		state = stepBack(state, b[i])
	}
	place := binary.LittleEndian.AppendUint64(nil, uint64(off))
	for i := len(place) - 1; i >= 0; i-- {
		state = stepBack(state, place[i])
	}
	return ^state
}

// stepBack undoes one byte of a reflected CRC, which steps by
//
//	next = table[byte(state)^c] ^ state>>8
//
// The top bytes of the table's entries are all different, so that of next says
// which entry it was.
func stepBack(next uint32, c byte) uint32 {
	i := tableIndex[next>>24]
	return (next^castagnoli[i])<<8 | uint32(i^c)
}

// tableIndex tells an entry of the table by its top byte.
var tableIndex = func() (index [256]byte) {
	for i, e := range castagnoli {
		index[e>>24] = byte(i)
	}
	return index
}()
