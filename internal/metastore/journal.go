package metastore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"path/filepath"

	"skywatch/internal/logs"
	"skywatch/internal/vfs"
)

// The journal, DIR/meta.journal, is the second copy of the metadata: what it
// was when the store was opened, and every change since. SQLite's pages have no
// checksums, and a damaged frame of its log looks to it like the end of the log;
// the journal's records have checksums and numbers, so what SQLite has lost or
// altered is told by comparing, and put back.
//
//	file
//	offset size
//	     0    8  magic "SKYMETA\n"
//	     8    4  format version, 1
//	    12    4  CRC32C of bytes 0..11
//	    16       records, one after the other
//
//	record (8 + n bytes), integers little-endian
//	     0    4  CRC32C of the record's offset (8 bytes) and bytes 4..8+n
//	     4    4  payload length n
//	     8    n  payload
//
//	payload
//	             seq    uvarint, number of the change the contents are then at
//	             kind   1 byte: 1 part of the snapshot, 2 its last part, 3 a change
//	             kind 2 only: last group and stream identifier given out, uvarints
//	             rows   to the end: op (1 byte) and fields (journalcodec.go)
//
// A file begins with the snapshot. It is written whole under another name and
// renamed, so one that lacks its snapshot's end is damaged. A change is written
// and synced after SQLite has committed it and before anybody is told: meta.db may
// be ahead of the journal by maxAhead after a crash, and is never behind. What
// does not fit, in either direction, is damage (see examine).
const (
	journalName    = "meta.journal"
	journalMagic   = "SKYMETA\n"
	journalVersion = 1
	journalHeader  = 16
	journalFrame   = 8

	kindSnapshot    = 1
	kindSnapshotEnd = 2
	kindChange      = 3

	snapshotPart = 256 << 10 // bytes of a snapshot's record
	// journalGrowth is how many bytes of changes make the journal be written
	// anew, if the snapshot is not larger: reading it back stays quick.
	journalGrowth = 4 << 20
	maxJournal    = 1 << 32
)

// disk is where a store lives: SQLite knows no other file system.
var disk = vfs.Disk()

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// journal is the open journal of a store. Only the writer uses it.
type journal struct {
	fs       vfs.FS
	dir      string
	file     vfs.File
	size     int64 // bytes
	snapshot int64 // bytes of it that were written by create
	buf      []byte
}

// createJournal writes a new journal that holds c in the place of the old one.
func createJournal(fs vfs.FS, dir string, c *contents) (_ *journal, err error) {
	j := &journal{fs: fs, dir: dir}
	name := filepath.Join(dir, journalName)
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", name, fsError(err))
		}
	}()
	if j.file, err = fs.Create(name + ".tmp"); err != nil {
		return nil, err
	}
	if err = j.writeSnapshot(c); err == nil {
		err = j.file.Sync()
	}
	if err == nil {
		err = fs.Rename(name+".tmp", name)
	}
	if err == nil {
		err = fs.SyncDir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, j.file.Close())
	}
	j.snapshot = j.size
	return j, nil
}

func (j *journal) writeSnapshot(c *contents) error {
	head := binary.LittleEndian.AppendUint32([]byte(journalMagic), journalVersion)
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
	if _, err := j.file.Write(head); err != nil {
		return err
	}
	j.size = int64(len(head))
	part := appendHead(nil, c.seq, kindSnapshot)
	for row := range c.rows {
		part = appendChange(part, row)
		if len(part) >= snapshotPart {
			if err := j.write(part); err != nil {
				return err
			}
			part = appendHead(part[:0], c.seq, kindSnapshot)
		}
	}
	if err := j.write(part); err != nil {
		return err
	}
	end := appendHead(nil, c.seq, kindSnapshotEnd)
	end = binary.AppendUvarint(end, uint64(c.lastGroup))
	return j.write(binary.AppendUvarint(end, uint64(c.lastStream)))
}

// append makes changes durable; they bring the contents to seq. After an error
// the journal's end is unknown and it must be created anew.
func (j *journal) append(seq uint64, changes []change) error {
	payload := appendHead(nil, seq, kindChange)
	for _, ch := range changes {
		payload = appendChange(payload, ch)
	}
	err := j.write(payload)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Join(j.dir, journalName), fsError(err))
	}
	return nil
}

// long reports whether the journal should be written anew.
func (j *journal) long() bool { return j.size-j.snapshot > max(j.snapshot, journalGrowth) }

func (j *journal) write(payload []byte) error {
	j.buf = append(j.buf[:0], 0, 0, 0, 0)
	j.buf = binary.LittleEndian.AppendUint32(j.buf, uint32(len(payload)))
	j.buf = append(j.buf, payload...)
	binary.LittleEndian.PutUint32(j.buf, journalSum(j.size, j.buf[4:]))
	_, err := j.file.Write(j.buf)
	j.size += int64(len(j.buf))
	if cap(j.buf) > 4*snapshotPart {
		j.buf = nil // one large document should not hold its memory for ever
	}
	return err
}

func (j *journal) close() error { return j.file.Close() }

// journalSum is the checksum of a record at off whose bytes behind it are b.
func journalSum(off int64, b []byte) uint32 {
	place := binary.LittleEndian.AppendUint64(nil, uint64(off))
	return crc32.Update(crc32.Checksum(place, castagnoli), castagnoli, b)
}

// readJournal reads the journal in dir. The contents are what its records add
// up to until the first bad one, for which it returns an error beside them; they are
// nil when the snapshot is not whole, and when there is no journal
// (vfs.IsNotExist).
func readJournal(fs vfs.FS, dir string) (*contents, error) {
	name := filepath.Join(dir, journalName)
	b, err := vfs.ReadFile(fs, name, maxJournal)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	c, err := decodeJournal(b)
	if err != nil {
		return c, fmt.Errorf("%s: %w: %w", name, logs.ErrCorrupt, err)
	}
	return c, nil
}

func decodeJournal(b []byte) (*contents, error) {
	if len(b) < journalHeader || string(b[:8]) != journalMagic || crc32.Checksum(b[:12], castagnoli) != binary.LittleEndian.Uint32(b[12:]) {
		return nil, errors.New("bad file header")
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != journalVersion {
		return nil, fmt.Errorf("format %d, this program reads %d", v, journalVersion)
	}
	c := newContents()
	whole := false // the snapshot is
	end := journalHeader
	for off, payload := range journalRecords(b) {
		seq, kind, rest, ok := cutHead(payload)
		if !ok || whole != (kind == kindChange) || whole && seq != c.seq+1 || kind > kindChange || kind == 0 {
			return usable(c, whole), fmt.Errorf("record at offset %d has number %d and kind %d behind number %d", off, seq, kind, c.seq)
		}
		if kind == kindSnapshotEnd {
			whole = true
			if c.lastGroup, c.lastStream, ok = cutLast(rest); !ok {
				return nil, fmt.Errorf("the end of the snapshot at offset %d cannot be decoded", off)
			}
		} else if err := decodeChanges(rest, c.apply); err != nil {
			return usable(c, whole), fmt.Errorf("record at offset %d: %w", off, err)
		}
		c.seq = seq
		end = off + journalFrame + len(payload)
	}
	if end < len(b) {
		return usable(c, whole), fmt.Errorf("bad record at offset %d of %d", end, len(b))
	}
	if !whole {
		return nil, fmt.Errorf("ends at offset %d within its snapshot", end)
	}
	return c, nil
}

func usable(c *contents, whole bool) *contents {
	if whole {
		return c
	}
	return nil
}

// journalRecords are the offsets and payloads of whole records, up to the first bad one.
func journalRecords(b []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for off := journalHeader; len(b)-off >= journalFrame; {
			n := int64(binary.LittleEndian.Uint32(b[off+4:]))
			if n > int64(len(b)-off-journalFrame) {
				return
			}
			end := off + journalFrame + int(n)
			if journalSum(int64(off), b[off+4:end]) != binary.LittleEndian.Uint32(b[off:]) || !yield(off, b[off+journalFrame:end]) {
				return
			}
			off = end
		}
	}
}
