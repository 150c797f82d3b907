package logexec

import (
	"crypto/md5"
	"encoding/hex"
)

// md5Hex is md5(s): the MD5 hash of a text's bytes in 32 hex digits. AWS:
// "String functions".
func md5Hex(s string) value {
	h := md5.Sum([]byte(s))
	return str(hex.EncodeToString(h[:]))
}
