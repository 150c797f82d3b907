package filterpattern

import "strings"

// This file walks JSON text in place. validJSON accepts exactly what
// encoding/json.Valid accepts; the other functions rely on it having said yes.

// maxNesting is encoding/json's own limit.
const maxNesting = 10000

// validJSON reports whether s is one JSON value with nothing but blanks around.
func validJSON(s string) bool {
	i := checkValue(s, skipSpace(s, 0), 0)
	return i >= 0 && skipSpace(s, i) == len(s)
}

func skipSpace(s string, i int) int {
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	return i
}

// checkValue returns the end of the value at s[i], or -1.
func checkValue(s string, i, depth int) int {
	if i >= len(s) {
		return -1
	}
	switch c := s[i]; c {
	case '{', '[':
		return checkContainer(s, i, depth+1)
	case '"':
		return checkString(s, i)
	case 't':
		return checkWord(s, i, "true")
	case 'f':
		return checkWord(s, i, "false")
	case 'n':
		return checkWord(s, i, "null")
	default:
		return checkNumber(s, i)
	}
}

func checkContainer(s string, i, depth int) int {
	if depth > maxNesting {
		return -1
	}
	object := s[i] == '{'
	closing := byte(']')
	if object {
		closing = '}'
	}
	i = skipSpace(s, i+1)
	if i < len(s) && s[i] == closing {
		return i + 1
	}
	for {
		if object {
			if i >= len(s) || s[i] != '"' {
				return -1
			}
			if i = checkString(s, i); i < 0 {
				return -1
			}
			if i = skipSpace(s, i); i >= len(s) || s[i] != ':' {
				return -1
			}
			i = skipSpace(s, i+1)
		}
		if i = checkValue(s, i, depth); i < 0 {
			return -1
		}
		if i = skipSpace(s, i); i >= len(s) {
			return -1
		}
		if s[i] == closing {
			return i + 1
		}
		if s[i] != ',' {
			return -1
		}
		i = skipSpace(s, i+1)
	}
}

func checkString(s string, i int) int {
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			if i++; i >= len(s) {
				return -1
			}
			switch s[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if i+4 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) || !isHex(s[i+3]) || !isHex(s[i+4]) {
					return -1
				}
				i += 4
			default:
				return -1
			}
		}
	}
	return -1
}

func checkWord(s string, i int, word string) int {
	if strings.HasPrefix(s[i:], word) {
		return i + len(word)
	}
	return -1
}

// checkNumber = [ "-" ] ( "0" | digit19 { digit } ) [ "." digits ] [ e [ sign ] digits ].
func checkNumber(s string, i int) int {
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if i = digits(s, i); i < 0 {
		return -1
	}
	if i < len(s) && s[i] == '.' {
		if i = digits(s, i+1); i < 0 {
			return -1
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		return digits(s, i)
	}
	return i
}

// digits returns the end of at least one digit at s[i], or -1.
func digits(s string, i int) int {
	start := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// skipString returns the end of the string at s[i].
func skipString(s string, i int) int {
	for i++; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns the end of the value at s[i].
func skipValue(s string, i int) int {
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		for depth := 0; ; {
			switch s[i] {
			case '"':
				i = skipString(s, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
	}
	for i < len(s) && s[i] != ',' && s[i] != '}' && s[i] != ']' && !isBlank(s[i]) {
		i++
	}
	return i
}

// firstIn returns where the first element or member of the container at s[i]
// starts, or -1 when it is empty.
func firstIn(s string, i int) int {
	i = skipSpace(s, i+1)
	if s[i] == ']' || s[i] == '}' {
		return -1
	}
	return i
}

// nextIn returns where the element or member after the one at s[i] starts, or
// -1 at the end. A member starts at its name, which is itself skipped as a
// value before the colon.
func nextIn(s string, i int) int {
	i = skipSpace(s, skipValue(s, i))
	if s[i] == ':' {
		i = skipSpace(s, skipValue(s, skipSpace(s, i+1)))
	}
	if s[i] != ',' {
		return -1
	}
	return skipSpace(s, i+1)
}
