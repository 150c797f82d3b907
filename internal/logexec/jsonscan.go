package logexec

import (
	"strings"

	"skywatch/internal/jsontext"
)

// maxJSONFields is how many fields of one event are discovered, as in AWS.
const maxJSONFields = 200

// maxJSONDepth keeps a hostile message from exhausting the stack; deeper
// messages count as no JSON.
const maxJSONDepth = 512

// leafFunc receives one scalar member: its dot path (valid only during the
// call) and its JSON text.
type leafFunc func(path []byte, raw string)

// jsonScanner walks one JSON object without building it. The walk checks the
// grammar in full, since only a whole valid object counts; leaves are reported
// on the way, so the caller forgets them when the walk fails.
type jsonScanner struct {
	s      string
	path   []byte
	fields int
	leaf   leafFunc
}

// scan walks the object that starts at s[i] and returns the index after it, or
// -1 when there is no valid object.
func (j *jsonScanner) scan(s string, i int, leaf leafFunc) int {
	if i >= len(s) || s[i] != '{' {
		return -1
	}
	j.s, j.path, j.fields, j.leaf = s, j.path[:0], 0, leaf
	return j.object(i, 0)
}

func (j *jsonScanner) blank(i int) int { return jsontext.Blank(j.s, i) }

func (j *jsonScanner) object(i, depth int) int {
	if depth >= maxJSONDepth {
		return -1
	}
	i = j.blank(i + 1)
	if i < len(j.s) && j.s[i] == '}' {
		return i + 1
	}
	base := len(j.path)
	for {
		end := jsontext.String(j.s, i)
		if end < 0 {
			return -1
		}
		key := jsontext.Unquote(j.s[i:end])
		j.path = j.path[:base]
		if depth > 0 {
			j.path = append(j.path, '.')
		} else if strings.HasPrefix(key, "@") {
			j.path = append(j.path, '@')
		}
		j.path = append(j.path, key...)
		i = j.blank(end)
		if i >= len(j.s) || j.s[i] != ':' {
			return -1
		}
		if i = j.value(j.blank(i+1), depth); i < 0 {
			return -1
		}
		i = j.blank(i)
		if i >= len(j.s) {
			return -1
		}
		switch j.s[i] {
		case ',':
			i = j.blank(i + 1)
		case '}':
			j.path = j.path[:base]
			return i + 1
		default:
			return -1
		}
	}
}

func (j *jsonScanner) array(i, depth int) int {
	if depth >= maxJSONDepth {
		return -1
	}
	i = j.blank(i + 1)
	if i < len(j.s) && j.s[i] == ']' {
		return i + 1
	}
	base := len(j.path)
	for n := 0; ; n++ {
		j.path = append(j.path[:base], '.')
		j.path = appendInt(j.path, n)
		if i = j.value(i, depth); i < 0 {
			return -1
		}
		i = j.blank(i)
		if i >= len(j.s) {
			return -1
		}
		switch j.s[i] {
		case ',':
			i = j.blank(i + 1)
		case ']':
			j.path = j.path[:base]
			return i + 1
		default:
			return -1
		}
	}
}

func appendInt(b []byte, n int) []byte {
	if n >= 10 {
		b = appendInt(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

func (j *jsonScanner) value(i, depth int) int {
	if i >= len(j.s) {
		return -1
	}
	end := -1
	switch c := j.s[i]; {
	case c == '{':
		return j.object(i, depth+1)
	case c == '[':
		return j.array(i, depth+1)
	case c == '"':
		end = jsontext.String(j.s, i)
	case c == '-' || c >= '0' && c <= '9':
		end = jsontext.Number(j.s, i)
	case strings.HasPrefix(j.s[i:], "true"):
		end = i + 4
	case strings.HasPrefix(j.s[i:], "false"):
		end = i + 5
	case strings.HasPrefix(j.s[i:], "null"):
		return i + 4 // no field
	}
	if end < 0 {
		return -1
	}
	if j.fields++; j.fields <= maxJSONFields {
		j.leaf(j.path, j.s[i:end])
	}
	return end
}

func digitAt(s string, i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }

// leafValue is the value of a scalar's JSON text. Numbers keep their digits.
func leafValue(raw string) value {
	switch raw[0] {
	case '"':
		return str(jsontext.Unquote(raw))
	case 't':
		return truth(true)
	case 'f':
		return truth(false)
	}
	return digits(raw)
}
