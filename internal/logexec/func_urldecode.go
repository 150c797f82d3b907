package logexec

import "net/url"

// urlDecode is urldecode(s): the text behind percent-encoding, where + is a
// blank. Nothing when a percent sign has no two hex digits. AWS: "String
// functions".
func urlDecode(s string) value {
	d, err := url.QueryUnescape(s)
	if err != nil {
		return value{}
	}
	return str(d)
}
