package logexec

import "encoding/binary"

// ipv4ToNumber is ipv4ToNumber(f): the 32 bits of an IPv4 address as a number.
// Nothing for anything else. AWS: "IP address string functions".
func ipv4ToNumber(s string) value {
	a, ok := address(s)
	if !ok || !a.Is4() {
		return value{}
	}
	b := a.As4()
	return num(float64(binary.BigEndian.Uint32(b[:])))
}
