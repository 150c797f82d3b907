package logtype

import (
	"strings"

	"skywatch/internal/jsontext"
)

// JSONKind says what a query finds when it looks for JSON in the messages of a
// template. The law is that of discovered fields: the whole message, or the
// first whole object among the first eight opening braces.
type JSONKind uint8

const (
	JSONNone     JSONKind = iota // no object: no fields
	JSONWhole                    // the message is one object, white space around it allowed
	JSONFragment                 // the first object has other text before or behind it
	JSONUnknown                  // there is an object, but not all of its fields are holes
)

const (
	maxFragments  = 8   // opening braces that are tried
	maxJSONDepth  = 512 // deeper is no JSON
	maxJSONFields = 200 // of one object, as discovered
	maxArray      = 12  // longer arrays are one hole
)

// find looks for the JSON of the message: where it begins and ends, -1 when
// there is none.
func (s *scanner) find() (from, to int) {
	for i, try := 0, 0; try < maxFragments; try++ {
		n := strings.IndexByte(s.msg[i:], '{')
		if n < 0 {
			break
		}
		i += n
		if end := objectEnd(s.msg, i); end >= 0 {
			return i, end
		}
		i++
	}
	return -1, -1
}

// whole scans a message that is one object from its first byte on: then nothing
// else is asked of it. It has done nothing when it answers false.
func (s *scanner) whole() bool {
	to := objectEnd(s.msg, 0)
	if to < 0 || jsontext.Blank(s.msg, to) != len(s.msg) {
		return false
	}
	s.object(0, to)
	return true
}

// fragment scans a message that holds JSON. It has done nothing when it answers
// false.
func (s *scanner) fragment() bool {
	from, to := s.find()
	if from < 0 {
		return false
	}
	s.text(0, from)
	s.object(from, to)
	s.text(to, len(s.msg))
	return true
}

func (s *scanner) mark(at int, class byte) {
	s.static(at)
	s.lit = at
	s.skel = append(s.skel, 0, class)
}

// object emits the holes of the valid object msg[from:to].
func (s *scanner) object(from, to int) {
	s.json = JSONFragment
	if jsontext.Blank(s.msg, 0) == from && jsontext.Blank(s.msg, to) == len(s.msg) {
		s.json = JSONWhole
	}
	s.mark(from, markOpen)
	s.path, s.fields = s.path[:0], 0
	holes, names, skel := len(s.holes), len(s.names), len(s.skel)
	s.members(from, 0)
	if len(s.holes)-s.base > maxHoles || len(s.skel)+to-s.lit > 2*maxSkeleton {
		s.undo(holes, names, skel, from)
		s.hole(holeOpaque, from, to)
		s.json = JSONUnknown
	}
	s.mark(to, markClose)
}

// undo takes back the holes since a point.
func (s *scanner) undo(holes, names, skel, lit int) {
	s.holes, s.skel, s.lit = s.holes[:holes], s.skel[:skel], lit
	if s.named {
		s.names = s.names[:names]
	}
}

// members emits an object that check has found valid, so it looks at no more
// than it needs to find its way.
func (s *scanner) members(i, depth int) int {
	i = jsontext.Blank(s.msg, i+1)
	if s.msg[i] == '}' {
		return i + 1
	}
	base := len(s.path)
	for {
		end := jsontext.SkipString(s.msg, i)
		if s.named {
			key := jsontext.Unquote(s.msg[i:end])
			s.path = s.path[:base]
			if depth > 0 {
				s.path = append(s.path, '.')
			} else if strings.HasPrefix(key, "@") {
				s.path = append(s.path, '@')
			}
			s.path = append(s.path, key...)
		}
		i = jsontext.Blank(s.msg, end)
		i = s.value(jsontext.Blank(s.msg, i+1), depth)
		i = jsontext.Blank(s.msg, i)
		if s.msg[i] == '}' {
			if s.named {
				s.path = s.path[:base]
			}
			return i + 1
		}
		i = jsontext.Blank(s.msg, i+1)
	}
}

func (s *scanner) value(i, depth int) int {
	switch s.msg[i] {
	case '{':
		return s.members(i, depth+1)
	case '[':
		return s.array(i, depth+1)
	case '"':
		end := jsontext.SkipString(s.msg, i)
		s.leaf(holeString, i+1, end-1)
		return end
	case 'n':
		return i + 4 // null is no field, so it is static
	case 't':
		s.leaf(holeValue, i, i+4)
		return i + 4
	case 'f':
		s.leaf(holeValue, i, i+5)
		return i + 5
	}
	end := i + 1
	for end < len(s.msg) && numberByte[s.msg[end]] {
		end++
	}
	s.leaf(holeValue, i, end)
	return end
}

var numberByte = [256]bool{'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true,
	'8': true, '9': true, '.': true, 'e': true, 'E': true, '+': true, '-': true}

func (s *scanner) leaf(class byte, from, to int) {
	s.hole(class, from, to)
	if s.fields++; s.named && s.fields <= maxJSONFields {
		s.name(string(s.path))
	}
}

func (s *scanner) array(i, depth int) int {
	from := i
	holes, names, skel, lit, fields := len(s.holes), len(s.names), len(s.skel), s.lit, s.fields
	i = jsontext.Blank(s.msg, i+1)
	if s.msg[i] == ']' {
		return i + 1
	}
	base := len(s.path)
	for n := 0; ; n++ {
		if s.named {
			s.path = append(s.path[:base], '.')
			s.path = appendInt(s.path, int64(n))
		}
		i = jsontext.Blank(s.msg, s.value(i, depth))
		if s.msg[i] == ']' {
			if s.named {
				s.path = s.path[:base]
			}
			if n >= maxArray {
				s.undo(holes, names, skel, lit)
				s.fields = fields
				s.hole(holeOpaque, from, i+1)
				s.json = JSONUnknown
			}
			return i + 1
		}
		i = jsontext.Blank(s.msg, i+1)
	}
}

// objectEnd returns the index behind the valid JSON object at i, -1 when there
// is none.
func objectEnd(s string, i int) int {
	if i >= len(s) || s[i] != '{' {
		return -1
	}
	return jsontext.Value(s, i, maxJSONDepth)
}
