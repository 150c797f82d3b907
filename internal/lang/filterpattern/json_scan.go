package filterpattern

import "skywatch/internal/jsontext"

// This file walks JSON text in place. validJSON accepts exactly what
// encoding/json.Valid accepts; the other functions rely on it having said yes.

// maxNesting is encoding/json's own limit.
const maxNesting = 10000

// validJSON reports whether s is one JSON value with nothing but blanks around.
func validJSON(s string) bool {
	i := jsontext.Value(s, jsontext.Blank(s, 0), maxNesting)
	return i >= 0 && jsontext.Blank(s, i) == len(s)
}

// firstIn returns where the first element or member of the container at s[i]
// starts, or -1 when it is empty.
func firstIn(s string, i int) int {
	i = jsontext.Blank(s, i+1)
	if s[i] == ']' || s[i] == '}' {
		return -1
	}
	return i
}

// nextIn returns where the element or member after the one at s[i] starts, or
// -1 at the end. A member starts at its name, which is itself skipped as a
// value before the colon.
func nextIn(s string, i int) int {
	i = jsontext.Blank(s, jsontext.SkipValue(s, i))
	if s[i] == ':' {
		i = jsontext.Blank(s, jsontext.SkipValue(s, jsontext.Blank(s, i+1)))
	}
	if s[i] != ',' {
		return -1
	}
	return jsontext.Blank(s, i+1)
}
