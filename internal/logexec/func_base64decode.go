package logexec

import "encoding/base64"

// base64Decode is base64decode(s): the text behind base64 in the standard
// alphabet with its padding. Nothing for anything else. AWS: "String
// functions".
func base64Decode(s string) value {
	d, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return value{}
	}
	return str(string(d))
}
