// Package manifest keeps the one small file of an engine's folder that says
// what is live: which segments exist, which WAL files are done with, what was
// dropped. Its content is the engine's affair; here it is a versioned payload
// that is replaced whole, atomically and durably, and kept twice: everything
// else in the folder means nothing without it.
//
// The files MANIFEST and MANIFEST.copy (integers little-endian):
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
// a torn MANIFEST cannot come from a crash and is damage. Then it does the same
// with the copy, and only then returns.
//
// When Save fails, either state may be found after a crash: the caller must
// keep everything both states refer to until a later Save succeeds.
//
// So the copy may be one state behind only while everything that state refers
// to is still there, and may stand in for a damaged or lost MANIFEST: the folder
// opens as if the last Save had not begun. [Open] brings the copy up to date
// before the caller removes anything that only the older state needs. A folder
// of earlier versions has no copy; it gets one there.
package manifest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"

	"skywatch/internal/vfs"
)

// Name is the name of the manifest in its folder, CopyName that of its copy.
const (
	Name     = "MANIFEST"
	CopyName = Name + ".copy"
)

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

// Save replaces the manifest of dir and its copy. When it returns nil the new
// payload is durable; when not, see the package comment. One Save of a dir at a
// time.
func Save(fs vfs.FS, dir string, kind Kind, version uint16, payload []byte) error {
	if len(payload) > MaxPayload {
		return fmt.Errorf("save manifest of %s: payload of %d bytes, at most %d", dir, len(payload), MaxPayload)
	}
	b := encode(kind, version, payload)
	for _, name := range [...]string{Name, CopyName} {
		if err := replace(fs, dir, name, b); err != nil {
			return err
		}
	}
	return nil
}

// replace makes b the content of a file of dir, durably.
func replace(fs vfs.FS, dir, name string, b []byte) error {
	path := filepath.Join(dir, name)
	if err := replaceFile(fs, dir, path, b); err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}

func replaceFile(fs vfs.FS, dir, name string, b []byte) error {
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

// Loaded is a manifest that was read.
type Loaded struct {
	Version uint16 // of the payload, which the caller must know how to read
	Payload []byte
	// Damage is why the file [Name] is not what was read, but its copy; nil
	// when all is well.
	Damage error

	bytes []byte // the file
}

// Load reads the manifest of dir, or its copy when the manifest is damaged or
// missing. It changes nothing. The error is [ErrNotExist] when the folder has
// neither and [ErrCorrupt] when neither can be trusted or they belong to another
// kind.
func Load(fs vfs.FS, dir string, kind Kind) (*Loaded, error) {
	l, err := loadFile(fs, dir, Name, kind)
	if err == nil || !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNotExist) {
		return l, err
	}
	l, cerr := loadFile(fs, dir, CopyName, kind)
	switch {
	case cerr == nil:
		l.Damage = err
		return l, nil
	case errors.Is(err, ErrNotExist): // then the copy's state is the news
		return nil, cerr
	case errors.Is(cerr, ErrNotExist):
		return nil, err
	}
	return nil, fmt.Errorf("%w; %w", err, cerr)
}

// Check says what is wrong with the copy of dir's manifest, which nothing but
// the next damage needs; nil also when there is none.
func Check(fs vfs.FS, dir string, kind Kind) error {
	if _, err := loadFile(fs, dir, CopyName, kind); !errors.Is(err, ErrNotExist) {
		return err
	}
	return nil
}

// Open is Load for the one who goes on to change the folder: it sees to it that
// both files are whole and say the same. A damaged one is kept under a name
// that ends in .damaged.
func Open(fs vfs.FS, dir string, kind Kind) (*Loaded, error) {
	l, err := Load(fs, dir, kind)
	if err != nil {
		return nil, err
	}
	if l.Damage != nil {
		if errors.Is(l.Damage, ErrCorrupt) {
			if err := keepDamaged(fs, dir, Name); err != nil {
				return nil, err
			}
		}
		return l, replace(fs, dir, Name, l.bytes)
	}
	c, err := loadFile(fs, dir, CopyName, kind)
	if err == nil && bytes.Equal(c.bytes, l.bytes) {
		return l, nil
	}
	if errors.Is(err, ErrCorrupt) {
		if err := keepDamaged(fs, dir, CopyName); err != nil {
			return nil, err
		}
	}
	err = replace(fs, dir, CopyName, l.bytes)
	if !vfs.IsFull(err) {
		return l, err
	}
	// A start on a full disk must be possible. No copy is better than an old
	// one, and the next Save makes it.
	err = fs.Remove(filepath.Join(dir, CopyName))
	if err == nil {
		err = fs.SyncDir(dir)
	}
	if err != nil && !vfs.IsNotExist(err) {
		return nil, fmt.Errorf("remove an old copy of the manifest: %w", err)
	}
	return l, nil
}

// keepDamaged gives a damaged file a name under which nobody looks for it.
func keepDamaged(fs vfs.FS, dir, name string) error {
	from := filepath.Join(dir, name)
	for n := 1; ; n++ {
		to := fmt.Sprintf("%s.%d.damaged", from, n)
		if _, err := fs.Stat(to); err == nil {
			continue
		} else if !vfs.IsNotExist(err) {
			return fmt.Errorf("keep the damaged %s: %w", from, err)
		}
		if err := fs.Rename(from, to); err != nil {
			return fmt.Errorf("keep the damaged %s: %w", from, err)
		}
		return nil
	}
}

func loadFile(fs vfs.FS, dir, file string, kind Kind) (*Loaded, error) {
	name := filepath.Join(dir, file)
	b, err := vfs.ReadFile(fs, name, headerSize+MaxPayload+crcSize)
	if vfs.IsNotExist(err) {
		return nil, fmt.Errorf("load %s: %w", name, ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	version, payload, err := decode(kind, b)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	return &Loaded{Version: version, Payload: payload, bytes: b}, nil
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
