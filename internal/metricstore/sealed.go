package metricstore

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strconv"
	"strings"

	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
)

// Files of the folder are named by a number that is never used twice and a
// suffix for the kind.
const (
	segmentSuffix = ".seg"
	keysSuffix    = ".keys"
	boundsSuffix  = ".bounds"

	walDir = "wal"
)

func filePath(dir string, number uint64, suffix string) string {
	return filepath.Join(dir, fmt.Sprintf("%012d%s", number, suffix))
}

// isNumbered reports whether a name is one that filePath makes.
func isNumbered(name string) bool {
	ext := filepath.Ext(name)
	_, err := strconv.ParseUint(strings.TrimSuffix(name, ext), 10, 64)
	return err == nil && (ext == segmentSuffix || ext == keysSuffix || ext == boundsSuffix)
}

func (s *Store) path(number uint64, suffix string) string { return filePath(s.dir, number, suffix) }

// A sealed file holds one payload, twice: what it says is said nowhere else, and
// damage to one half leaves the other. A half (integers little-endian):
//
//	offset size
//	     0    8  magic, by kind
//	     8    4  format version, 2; 1 was one half alone
//	    12    8  payload length n
//	    20    n  payload
//	  20+n    4  CRC32C of all before
const (
	keysMagic     = "SKYMKEY\n"
	boundsMagic   = "SKYMBND\n"
	sealedHeader  = 20
	sealedVersion = 2

	// maxSealed bounds what is read: a million series of a kilobyte each.
	maxSealed = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// writeFile makes a file with the given content, synced; the caller syncs the
// directory. It leaves nothing behind when it fails.
func writeFile(fs vfs.FS, name string, parts ...[]byte) (err error) {
	f, err := fs.Create(name)
	if err != nil {
		return err
	}
	for _, b := range parts {
		if err == nil && len(b) > 0 {
			_, err = f.Write(b)
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = fs.Remove(name) // its space may be what the retry lacks
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func writeSealed(fs vfs.FS, name, magic string, payload []byte) error {
	head := make([]byte, 0, sealedHeader)
	head = append(head, magic...)
	head = binary.LittleEndian.AppendUint32(head, sealedVersion)
	head = binary.LittleEndian.AppendUint64(head, uint64(len(payload)))
	sum := crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, payload)
	foot := binary.LittleEndian.AppendUint32(nil, sum)
	return writeFile(fs, name, head, payload, foot, head, payload, foot)
}

// readSealed returns the payload of a sealed file. damage says what is wrong
// with one half when the other was read.
func readSealed(fs vfs.FS, name, magic string) (payload []byte, damage, err error) {
	b, err := vfs.ReadFile(fs, name, maxSealed)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", name, err)
	}
	if payload, err := unseal(b, magic, 1); err == nil {
		return payload, nil, nil
	}
	half := len(b) / 2
	first, err := unseal(b[:half], magic, sealedVersion)
	second, serr := unseal(b[len(b)-half:], magic, sealedVersion)
	switch {
	case err != nil && serr != nil:
		return nil, nil, fmt.Errorf("read %s: %w", name, err)
	case err != nil:
		return second, fmt.Errorf("first half of %s: %w", name, err), nil
	case serr != nil:
		return first, fmt.Errorf("second half of %s: %w", name, serr), nil
	}
	return first, nil, nil
}

// unseal takes the payload out of one half.
func unseal(b []byte, magic string, version uint32) ([]byte, error) {
	if len(b) < sealedHeader+4 || string(b[:8]) != magic {
		return nil, fmt.Errorf("not a file of this kind: %w", metrics.ErrCorrupt)
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if got := crc32.Checksum(body, castagnoli); got != sum {
		return nil, fmt.Errorf("checksum %08x, want %08x: %w", got, sum, metrics.ErrCorrupt)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != version {
		return nil, fmt.Errorf("format %d, this program reads up to %d: %w", v, sealedVersion, metrics.ErrCorrupt)
	}
	if n := binary.LittleEndian.Uint64(b[12:]); n != uint64(len(body)-sealedHeader) {
		return nil, fmt.Errorf("payload of %d bytes, want %d: %w", len(body)-sealedHeader, n, metrics.ErrCorrupt)
	}
	return body[sealedHeader:], nil
}

// A keys file holds series definitions: uvarint count, then each as in a WAL
// record. Later files add to earlier ones.
func encodeKeys(entries []*entry) []byte {
	b := binary.AppendUvarint(nil, uint64(len(entries)))
	for _, e := range entries {
		b = appendDefinition(b, e)
	}
	return b
}

func (r *registry) decodeKeys(b []byte) error {
	rd := reader{b: b}
	for range rd.length() {
		id, key, unit := rd.definition()
		if rd.bad {
			break
		}
		if err := r.restore(id, &key, unit); err != nil {
			return err
		}
	}
	if rd.bad || len(rd.b) > 0 {
		return fmt.Errorf("series definitions: %w", metrics.ErrCorrupt)
	}
	return nil
}

// A bounds file holds the bounds of all series with data: uvarint count, then
// for each uvarint id less that of the one before, varint first instant
// (seconds), uvarint last less first, varint last update (milliseconds) less
// last*1000.
func encodeBounds(entries []*entry) []byte {
	n := 0
	var b []byte
	prev := metrics.SeriesID(0)
	for _, e := range entries {
		update := e.update.Load()
		if update == 0 {
			continue
		}
		first, last := e.first.Load(), e.last.Load()
		b = binary.AppendUvarint(b, uint64(e.id-prev))
		b = binary.AppendVarint(b, first)
		b = binary.AppendUvarint(b, uint64(last-first))
		b = binary.AppendVarint(b, update-last*1000)
		prev = e.id
		n++
	}
	return append(binary.AppendUvarint(nil, uint64(n)), b...)
}

func (r *registry) decodeBounds(b []byte) error {
	rd := reader{b: b}
	id := metrics.SeriesID(0)
	for range rd.length() {
		id += metrics.SeriesID(rd.uvarint())
		first := rd.varint()
		last := first + int64(rd.uvarint())
		update := rd.varint() + last*1000
		if rd.bad {
			break
		}
		e := r.entry(id)
		if e == nil {
			return fmt.Errorf("bounds of the unknown series %d: %w", id, metrics.ErrCorrupt)
		}
		e.widen(first, last, update)
	}
	if rd.bad || len(rd.b) > 0 {
		return fmt.Errorf("series bounds: %w", metrics.ErrCorrupt)
	}
	return nil
}
