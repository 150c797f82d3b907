package logexec

import (
	"encoding/hex"
	"strings"
)

// hexToASCII is hexToAscii(s): the text whose bytes pairs of hex digits write,
// with or without 0x. Nothing for anything else. AWS: "String functions".
func hexToASCII(s string) value {
	d, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil {
		return value{}
	}
	return str(string(d))
}
