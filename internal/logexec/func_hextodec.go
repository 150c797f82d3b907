package logexec

import (
	"strconv"
	"strings"
)

// hexToDec is hexToDec(s): the whole number that hex digits write, up to 64
// bits, with or without 0x, exact in all its digits. Nothing for anything else.
// AWS: "String functions".
func hexToDec(s string) value {
	s, negative := strings.CutPrefix(s, "-")
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		s = s[2:]
	}
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil || s[0] == '+' || s[0] == '-' {
		return value{}
	}
	if negative {
		return digits("-" + strconv.FormatUint(n, 10))
	}
	return digits(strconv.FormatUint(n, 10))
}
