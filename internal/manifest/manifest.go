// Package manifest keeps the one small file of an engine's folder that says
// what is live: which segments exist, which WAL files are done with, what was
// dropped. Its content is the engine's affair; here it is a versioned payload
// that is replaced whole, atomically and durably.
//
// The file MANIFEST (integers little-endian):
//
//	offset size
//	     0    8  magic "SKYMANI\n"
//	     8    2  envelope version, 1
//	    10    2  payload version, the engine's
//	    12    4  kind, four ASCII bytes, so that one engine's folder is never
//	             opened by another
//	    16    8  payload length
//	    24    n  payload
//	  24+n    4  CRC32C of all bytes before
//
// # Crash argument
//
// Save writes MANIFEST.tmp, syncs it, renames it to MANIFEST and syncs the
// directory. Before the rename is durable the old file is what a reader finds,
// after it the new one; the new one's bytes were synced before the rename, so
// a torn MANIFEST cannot come from a crash and is reported as corruption. A
// MANIFEST.tmp that was left behind is overwritten by the next Save.
//
// When Save fails, either state may be found after a crash: the caller must
// keep everything both states refer to until a later Save succeeds.
package manifest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"

	"skywatch/internal/vfs"
)

// Name is the name of the manifest in its folder.
const Name = "MANIFEST"

const (
	magic      = "SKYMANI\n"
	headerSize = 24
	crcSize    = 4

	// envelopeVersion counts changes of the layout above. 1: first.
	envelopeVersion = 1

	// MaxPayload bounds what Load allocates. A manifest lists files, a few
	// dozen bytes each, so this is far above any real one.
	MaxPayload = 256 << 20
)

// Sentinel errors, tested with errors.Is.
var (
	ErrCorrupt  = errors.New("corrupt manifest")
	ErrNotExist = errors.New("no manifest")
	ErrVersion  = errors.New("manifest of another format version")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Kind says whose manifest it is, such as {'l','o','g','s'}.
type Kind [4]byte

// Save replaces the manifest of dir. When it returns nil the new payload is
// durable; when not, see the package comment. One Save of a dir at a time.
func Save(fs vfs.FS, dir string, kind Kind, version uint16, payload []byte) error {
	if len(payload) > MaxPayload {
		return fmt.Errorf("save manifest of %s: payload of %d bytes, at most %d", dir, len(payload), MaxPayload)
	}
	name := filepath.Join(dir, Name)
	if err := save(fs, dir, name, encode(kind, version, payload)); err != nil {
		return fmt.Errorf("save %s: %w", name, err)
	}
	return nil
}

func save(fs vfs.FS, dir, name string, b []byte) error {
	tmp := name + ".tmp"
	f, err := fs.Create(tmp)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		// A half-written temporary file on a full disk holds space that the
		// retry needs. Failing to remove it changes nothing.
		_ = fs.Remove(tmp)
		return err
	}
	if err := fs.Rename(tmp, name); err != nil {
		return err
	}
	return fs.SyncDir(dir)
}

// Load returns the payload of dir's manifest and its version, which the
// caller must know how to read. The error is [ErrNotExist] when the folder has
// none and [ErrCorrupt] when it cannot be trusted or belongs to another kind.
func Load(fs vfs.FS, dir string, kind Kind) (version uint16, payload []byte, err error) {
	name := filepath.Join(dir, Name)
	b, err := vfs.ReadFile(fs, name, headerSize+MaxPayload+crcSize)
	if vfs.IsNotExist(err) {
		return 0, nil, fmt.Errorf("load %s: %w", name, ErrNotExist)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("load %s: %w", name, err)
	}
	version, payload, err = decode(kind, b)
	if err != nil {
		return 0, nil, fmt.Errorf("load %s: %w", name, err)
	}
	return version, payload, nil
}

func encode(kind Kind, version uint16, payload []byte) []byte {
	b := make([]byte, 0, headerSize+len(payload)+crcSize)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint16(b, envelopeVersion)
	b = binary.LittleEndian.AppendUint16(b, version)
	b = append(b, kind[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(payload)))
	b = append(b, payload...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decode(kind Kind, b []byte) (version uint16, payload []byte, err error) {
	if len(b) < headerSize+crcSize {
		return 0, nil, fmt.Errorf("%w: %d bytes, want at least %d", ErrCorrupt, len(b), headerSize+crcSize)
	}
	if string(b[:8]) != magic {
		return 0, nil, fmt.Errorf("%w: magic %q, want %q", ErrCorrupt, b[:8], magic)
	}
	body, sum := b[:len(b)-crcSize], binary.LittleEndian.Uint32(b[len(b)-crcSize:])
	if got := crc32.Checksum(body, castagnoli); got != sum {
		return 0, nil, fmt.Errorf("%w: checksum %08x, want %08x", ErrCorrupt, got, sum)
	}
	if v := binary.LittleEndian.Uint16(b[8:]); v != envelopeVersion {
		return 0, nil, fmt.Errorf("%w: envelope version %d, this program reads %d", ErrVersion, v, envelopeVersion)
	}
	if got := Kind(b[12:16]); got != kind {
		return 0, nil, fmt.Errorf("%w: kind %q, want %q", ErrCorrupt, got[:], kind[:])
	}
	payload = body[headerSize:]
	if n := binary.LittleEndian.Uint64(b[16:]); n != uint64(len(payload)) {
		return 0, nil, fmt.Errorf("%w: payload of %d bytes, header says %d", ErrCorrupt, len(payload), n)
	}
	return binary.LittleEndian.Uint16(b[10:]), payload, nil
}
