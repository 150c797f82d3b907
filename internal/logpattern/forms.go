package logpattern

import "strings"

// wordBytes are letters, digits, _ and all beyond ASCII.
var wordBytes = func() (is [256]bool) {
	for c := range is {
		is[c] = c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	return is
}()

// wordByte says whether c is part of a word: a letter, a digit, _ or beyond ASCII.
func wordByte(c byte) bool { return wordBytes[c] }

// forms are the variable forms that may be longer than a word, tried in this
// order where a word begins with a digit. match answers the length, 0 for none.
var forms = []struct {
	kind  string
	match func(s string) int
}{
	{"Time", dateTimeLen},
	{"Time", logTimeLen},
	{"Time", clockLen},
	{"UUID", uuidLen},
	{"IP", ipLen},
	{"Number", numberLen},
	{"ID", hexLen},
}

// form finds a variable form at the start of s: its kind and length.
func form(s string) (string, int) {
	if s[0] < '0' || s[0] > '9' {
		if n := uuidLen(s); n > 0 && (n == len(s) || !wordByte(s[n])) {
			return "UUID", n
		}
		return "", 0
	}
	for i := range forms {
		f := &forms[i]
		n := f.match(s)
		if n == 0 || f.kind != "Number" && n < len(s) && wordByte(s[n]) {
			continue
		}
		if f.kind == "Number" {
			// 12ms and 128MB are numbers with a unit, 12ab34 is not.
			unit := wordLen(s[n:])
			if end := n + unit; end+1 < len(s) && (s[end] == '-' || s[end] == '.') && wordByte(s[end+1]) {
				continue // 12-34 is a word
			}
			if unit > 2 || strings.ContainsAny(s[n:n+unit], "0123456789_-") {
				continue
			}
		}
		return f.kind, n
	}
	return "", 0
}

// fits says whether s begins with a template: 0 stands for a digit, T for T or a
// blank, / for a slash or a dash, everything else for itself.
func fits(s, template string) bool {
	if len(s) < len(template) {
		return false
	}
	for i := 0; i < len(template); i++ {
		c := s[i]
		switch template[i] {
		case '0':
			if c < '0' || c > '9' {
				return false
			}
		case 'T':
			if c != 'T' && c != ' ' {
				return false
			}
		case '/':
			if c != '/' && c != '-' {
				return false
			}
		default:
			if c != template[i] {
				return false
			}
		}
	}
	return true
}

// fraction is the length of [.,] and digits at the start of s.
func fraction(s string) int {
	if len(s) > 1 && (s[0] == '.' || s[0] == ',') {
		if n := digitRun(s[1:]); n > 0 {
			return 1 + n
		}
	}
	return 0
}

// dateTimeLen matches 2024-03-04, alone or with T or a blank and a time behind
// it: 05:06, then maybe seconds, then maybe a fraction, then maybe Z or a zone.
func dateTimeLen(s string) int {
	if !fits(s, "0000/00/00") {
		return 0
	}
	n := 10
	if !fits(s[n:], "T00:00") {
		return n
	}
	if n += 6; fits(s[n:], ":00") {
		n += 3
		n += fraction(s[n:])
	}
	if n < len(s) {
		switch s[n] {
		case 'Z':
			n++
		case '+', '-':
			if fits(s[n+1:], "00:00") {
				n += 6
			} else if fits(s[n+1:], "0000") {
				n += 5
			}
		}
	}
	return n
}

// logTimeLen matches 06/Feb/2019:00:00:38 +0000 and 06/02/19 00:00:38.
func logTimeLen(s string) int {
	if !fits(s, "00") || len(s) < 3 || s[2] != '/' {
		return 0
	}
	n := 3
	switch month := s[n:]; {
	case fits(month, "00"):
		n += 2
	case len(month) > 2 && month[0] >= 'A' && month[0] <= 'Z' && lowerLetter(month[1]) && lowerLetter(month[2]):
		n += 3
	default:
		return 0
	}
	if n >= len(s) || s[n] != '/' {
		return 0
	}
	n++
	year := min(digitRun(s[n:]), 4)
	if n += year; year < 2 || n >= len(s) || s[n] != ' ' && s[n] != ':' || !fits(s[n+1:], "00:00:00") {
		return 0
	}
	if n += 9; n+1 < len(s) && s[n] == ' ' && (s[n+1] == '+' || s[n+1] == '-') && fits(s[n+2:], "0000") {
		n += 6
	}
	return n
}

func lowerLetter(c byte) bool { return c >= 'a' && c <= 'z' }

// clockLen matches 05:06:07 and 05:06:07.890.
func clockLen(s string) int {
	if !fits(s, "00:00:00") {
		return 0
	}
	return 8 + fraction(s[8:])
}

func uuidLen(s string) int {
	if len(s) < 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return 0
	}
	for i := range 36 {
		if i != 8 && i != 13 && i != 18 && i != 23 && !hexDigit(s[i]) {
			return 0
		}
	}
	return 36
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func ipLen(s string) int {
	n := 0
	for part := range 4 {
		if part > 0 {
			if n >= len(s) || s[n] != '.' {
				return 0
			}
			n++
		}
		digits := min(digitRun(s[n:]), 3)
		if digits == 0 {
			return 0
		}
		n += digits
	}
	return n
}

// numberLen matches digits, then maybe a fraction, then maybe an exponent.
func numberLen(s string) int {
	n := digitRun(s)
	if n == 0 {
		return 0
	}
	if n < len(s) && s[n] == '.' {
		if d := digitRun(s[n+1:]); d > 0 {
			n += 1 + d
		}
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		at := n + 1
		if at < len(s) && (s[at] == '+' || s[at] == '-') {
			at++
		}
		if d := digitRun(s[at:]); d > 0 {
			n = at + d
		}
	}
	return n
}

// hexLen matches 0x and hex digits.
func hexLen(s string) int {
	if len(s) < 3 || s[0] != '0' || s[1]|0x20 != 'x' {
		return 0
	}
	n := 2
	for n < len(s) && hexDigit(s[n]) {
		n++
	}
	if n == 2 {
		return 0
	}
	return n
}

// wordLen is the length of the word at the start of s: a run of letters, digits
// and _, and of - and . between them.
func wordLen(s string) int {
	n := 0
	for n < len(s) && (wordByte(s[n]) || n > 0 && (s[n] == '-' || s[n] == '.') && n+1 < len(s) && wordByte(s[n+1])) {
		n++
	}
	return n
}

// isID says whether a word varies from event to event by its looks: it holds
// three digits or more, is long hex with a digit, or a part of it is as random as
// an identifier in base 62.
func isID(word string) bool {
	digits, hex := 0, true
	for i := 0; i < len(word); i++ {
		c := word[i]
		switch {
		case c >= '0' && c <= '9':
			digits++
		case (c|0x20 < 'a' || c|0x20 > 'f') && c != '-':
			hex = false
		}
	}
	return digits >= 3 || digits > 0 && hex && len(word) >= 8 || len(word) >= randomLen && random(word)
}

// randomLen is how many letters and digits in a row can look random.
const randomLen = 12

// random says whether letters of both cases and digits change places in a run of
// the word as they do in no name. The words of names in camel case have small
// letters in runs of four on average; of random letters of base 62 fewer than two
// stand together. The bounds take 77 of 100 random words of 12 to 20 letters with
// fewer than three digits, and of the 32,000 long words in the source of Go's
// libraries 2 of 100, most of which are keys and certificates.
func random(word string) bool {
	n, changes, small, runs := 0, 0, 0, 0
	last := byte(0)
	for i := 0; i <= len(word); i++ {
		kind := byte(0)
		if i < len(word) {
			kind = kinds[word[i]]
		}
		if kind == 0 {
			if n >= randomLen && runs >= 2 && small*10 <= runs*22 && changes*4 >= n {
				return true
			}
			n, changes, small, runs, last = 0, 0, 0, 0, 0
			continue
		}
		n++
		if kind == smallLetter {
			small++
			if last != smallLetter {
				runs++
			}
		}
		if last != 0 && kind != last {
			changes++
		}
		last = kind
	}
	return false
}

// The kinds of bytes that random looks at; others are 0.
const (
	smallLetter = 1 + iota
	capital
	digit
)

var kinds = func() (of [256]byte) {
	for c := 'a'; c <= 'z'; c++ {
		of[c], of[c-'a'+'A'] = smallLetter, capital
	}
	for c := '0'; c <= '9'; c++ {
		of[c] = digit
	}
	return of
}()

// digitRun is how many digits s begins with.
func digitRun(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
