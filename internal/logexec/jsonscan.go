package logexec

import (
	"encoding/json"
	"strings"
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

func (j *jsonScanner) blank(i int) int {
	for i < len(j.s) {
		switch j.s[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

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
		end := j.str(i)
		if end < 0 {
			return -1
		}
		key := unquoteJSON(j.s[i:end])
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
		end = j.str(i)
	case c == '-' || c >= '0' && c <= '9':
		end = j.number(i)
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

// str returns the index after the string at i, -1 when it is not one.
func (j *jsonScanner) str(i int) int {
	s := j.s
	if i >= len(s) || s[i] != '"' {
		return -1
	}
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			i++
			if i >= len(s) {
				return -1
			}
			switch s[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if i+4 >= len(s) {
					return -1
				}
				for _, h := range []byte(s[i+1 : i+5]) {
					if (h < '0' || h > '9') && (h < 'a' || h > 'f') && (h < 'A' || h > 'F') {
						return -1
					}
				}
				i += 4
			default:
				return -1
			}
		case c < ' ':
			return -1
		}
	}
	return -1
}

// number returns the index after the number at i, -1 when it is not one.
func (j *jsonScanner) number(i int) int {
	s := j.s
	if s[i] == '-' {
		i++
	}
	switch {
	case i < len(s) && s[i] == '0':
		i++
	case digitAt(s, i):
		i += digitRun(s[i:])
	default:
		return -1
	}
	if i < len(s) && s[i] == '.' {
		if !digitAt(s, i+1) {
			return -1
		}
		i += 1 + digitRun(s[i+1:])
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digitAt(s, i) {
			return -1
		}
		i += digitRun(s[i:])
	}
	return i
}

func digitAt(s string, i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }

// unquoteJSON is the text of a valid JSON string.
func unquoteJSON(raw string) string {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	var s string
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		return raw[1 : len(raw)-1]
	}
	return s
}

// leafValue is the value of a scalar's JSON text. Numbers keep their digits.
func leafValue(raw string) value {
	switch raw[0] {
	case '"':
		return str(unquoteJSON(raw))
	case 't':
		return truth(true)
	case 'f':
		return truth(false)
	}
	return digits(raw)
}
