package logexec

import (
	"crypto/sha256"
	"encoding/hex"
)

// sha256Hex is sha256(s): the SHA-256 hash of a text's bytes in 64 hex digits.
// AWS: "String functions".
func sha256Hex(s string) value {
	h := sha256.Sum256([]byte(s))
	return str(hex.EncodeToString(h[:]))
}
