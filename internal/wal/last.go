package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"

	"skywatch/internal/vfs"
)

// The marker, a file LAST beside the log's files, names the highest file made: that
// one has no successor that would miss it. It is replaced (temporary file, sync,
// rename, directory sync) when a file has been made and before it gets its first
// record. A log without a marker is of an earlier version.
//
//	offset size
//	     0    8  magic "SKYLAST\n"
//	     8    8  file number, little-endian
//	    16    4  CRC32C of bytes 0..15
const (
	lastName  = "LAST"
	lastMagic = "SKYLAST\n"
	lastSize  = 20
)

// readLast returns the marked file, 0 when there is no marker. A damaged marker
// is [ErrCorrupt].
func readLast(fs vfs.FS, dir string) (uint64, error) {
	name := filepath.Join(dir, lastName)
	b, err := vfs.ReadFile(fs, name, 1<<20)
	if vfs.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if len(b) != lastSize || string(b[:8]) != lastMagic || crc32.Checksum(b[:16], castagnoli) != binary.LittleEndian.Uint32(b[16:]) {
		return 0, fmt.Errorf("%w: %s is not as it was written", ErrCorrupt, name)
	}
	return binary.LittleEndian.Uint64(b[8:]), nil
}

// writeLast marks a file, durably.
func writeLast(fs vfs.FS, dir string, number uint64) error {
	b := binary.LittleEndian.AppendUint64([]byte(lastMagic), number)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	name := filepath.Join(dir, lastName)
	f, err := fs.Create(name + ".tmp")
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := fs.Rename(name+".tmp", name); err != nil {
		return err
	}
	return fs.SyncDir(dir)
}

// missingLast returns the marked file's number when it should be among files, which
// begin at from, and is not; else 0.
func missingLast(files []uint64, from, marked uint64) uint64 {
	if marked < max(from, 1) || len(files) > 0 && files[len(files)-1] >= marked {
		return 0
	}
	return marked
}

// errMissing is the damage of a log without its last file.
func errMissing(dir string, number uint64) error {
	return fmt.Errorf("%w: %s is missing: the log went up to it", ErrCorrupt, filepath.Join(dir, fileName(number)))
}
