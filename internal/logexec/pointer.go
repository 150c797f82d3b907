package logexec

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"skywatch/internal/logs"
)

// Pointer names one event for ever: the value of @ptr.
type Pointer struct {
	Group    logs.GroupID
	Position logs.Position
}

// A pointer is 30 bytes, base64 without padding (40 letters):
//
//	0   2  version, 1
//	2   8  group id
//	10  8  timestamp, milliseconds
//	18  8  sequence number
//	26  4  CRC-32C of the 26 bytes before
//
// all big-endian.
const (
	pointerVersion = 1
	pointerLen     = 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// String encodes the pointer as standard base64.
func (p Pointer) String() string {
	b := make([]byte, 0, pointerLen)
	b = binary.BigEndian.AppendUint16(b, pointerVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(p.Group))
	b = binary.BigEndian.AppendUint64(b, uint64(p.Position.Timestamp))
	b = binary.BigEndian.AppendUint64(b, p.Position.Seq)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return base64.StdEncoding.EncodeToString(b)
}

// ParsePointer decodes what String encoded.
func ParsePointer(s string) (Pointer, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return Pointer{}, fmt.Errorf("decode log record pointer: %w", err)
	}
	if len(b) != pointerLen {
		return Pointer{}, fmt.Errorf("decode log record pointer: got %d bytes, want %d", len(b), pointerLen)
	}
	if v := binary.BigEndian.Uint16(b); v != pointerVersion {
		return Pointer{}, fmt.Errorf("decode log record pointer: got version %d, want %d", v, pointerVersion)
	}
	if got, want := crc32.Checksum(b[:26], castagnoli), binary.BigEndian.Uint32(b[26:]); got != want {
		return Pointer{}, fmt.Errorf("decode log record pointer: checksum %08x, want %08x", got, want)
	}
	return Pointer{
		Group:    logs.GroupID(binary.BigEndian.Uint64(b[2:])),
		Position: logs.Position{Timestamp: int64(binary.BigEndian.Uint64(b[10:])), Seq: binary.BigEndian.Uint64(b[18:])},
	}, nil
}
