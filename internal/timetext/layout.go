package timetext

import (
	"strconv"
	"strings"
	"time"

	"skywatch/internal/lang/insights"
)

// element is a run of one pattern letter, a literal, or an optional part.
type element struct {
	letter   byte // 0 for a literal
	n        int  // how often the letter stands
	literal  string
	optional []element
	adjacent bool // another number follows directly, so the width is fixed
}

// Layout is a pattern of Java's DateTimeFormatter, read.
type Layout []element

// NewLayout reads a pattern; the language has checked its letters, quotes and
// brackets.
func NewLayout(pattern string) Layout {
	list, _ := elements(pattern, 0)
	return list
}

func elements(p string, i int) (list []element, end int) {
	literal := func(s string) {
		if n := len(list); n > 0 && list[n-1].letter == 0 && list[n-1].optional == nil {
			list[n-1].literal += s
			return
		}
		list = append(list, element{literal: s})
	}
	for i < len(p) {
		switch c := p[i]; {
		case c == '\'':
			end := strings.IndexByte(p[i+1:], '\'')
			if end < 0 {
				return list, len(p)
			}
			if end == 0 {
				literal("'")
			} else {
				literal(p[i+1 : i+1+end])
			}
			i += end + 2
		case c == '[':
			var inner []element
			inner, i = elements(p, i+1)
			list = append(list, element{optional: inner})
		case c == ']':
			return list, i + 1
		case strings.IndexByte(insights.ParseLetters, c) >= 0:
			n := 1
			for i+n < len(p) && p[i+n] == c {
				n++
			}
			if k := len(list); k > 0 && list[k-1].letter != 0 {
				list[k-1].adjacent = true
			}
			list = append(list, element{letter: c, n: n})
			i += n
		default:
			literal(p[i : i+1])
			i++
		}
	}
	return list, i
}

// parts is what a date text says; what it does not say is 1970-01-01 00:00.
type parts struct {
	year, month, day, yearDay      int
	hour, hour12, minute, sec, nan int
	pm, hasPM                      bool
	zone                           *time.Location
}

// Parse reads the whole of s; false when it does not fit, or names a day or time
// that does not exist. zone counts when the text names none.
func (l Layout) Parse(s string, zone *time.Location) (time.Time, bool) {
	d := parts{year: 1970, month: 1, day: 1, zone: zone}
	rest, ok := d.parse(l, strings.TrimSpace(s))
	if !ok || rest != "" {
		return time.Time{}, false
	}
	hour := d.hour
	if d.hasPM {
		hour = d.hour12 % 12
		if d.pm {
			hour += 12
		}
	} else if d.hour12 > 0 {
		hour = d.hour12
	}
	if d.yearDay > 0 {
		d.month, d.day = 1, d.yearDay
	}
	t := time.Date(d.year, time.Month(d.month), d.day, hour, d.minute, d.sec, d.nan, d.zone)
	if d.yearDay == 0 && (t.Day() != d.day && hour < 24 || d.month < 1 || d.month > 12) || hour > 24 || d.minute > 59 || d.sec > 59 {
		return time.Time{}, false // no such day or time
	}
	return t, true
}

func (d *parts) parse(list []element, s string) (rest string, ok bool) {
	for _, e := range list {
		switch {
		case e.optional != nil:
			saved := *d
			if r, ok := d.parse(e.optional, s); ok {
				s = r
			} else {
				*d = saved
			}
		case e.letter == 0:
			if !strings.HasPrefix(s, e.literal) {
				return s, false
			}
			s = s[len(e.literal):]
		default:
			n, ok := d.element(e, s)
			if !ok {
				return s, false
			}
			s = s[n:]
		}
	}
	return s, true
}

// element reads one element and answers how many bytes it took.
func (d *parts) element(e element, s string) (int, bool) {
	switch e.letter {
	case 'M', 'L':
		if e.n >= 3 {
			for m := time.January; m <= time.December; m++ {
				if n := prefixFold(s, m.String(), e.n == 3); n > 0 {
					d.month = int(m)
					return n, true
				}
			}
			return 0, false
		}
	case 'E':
		for w := time.Sunday; w <= time.Saturday; w++ {
			if n := prefixFold(s, w.String(), e.n <= 3); n > 0 {
				return n, true // the date itself decides the day
			}
		}
		return 0, false
	case 'a':
		if len(s) < 2 {
			return 0, false
		}
		switch strings.ToUpper(s[:2]) {
		case "AM":
			d.pm, d.hasPM = false, true
		case "PM":
			d.pm, d.hasPM = true, true
		default:
			return 0, false
		}
		return 2, true
	case 'z', 'V', 'Z', 'X', 'x', 'O':
		return d.zoneText(s)
	case 'S':
		n := digitRun(s)
		if n == 0 || n < e.n || e.n > 9 {
			return 0, false
		}
		n = e.n
		v, err := strconv.Atoi((s[:n] + "000000000")[:9])
		d.nan = v
		return n, err == nil
	}
	most := 9
	if e.adjacent || e.n == 4 && strings.IndexByte("yu", e.letter) >= 0 {
		most = e.n
	}
	if e.n == 2 {
		most = 2
	}
	n := min(digitRun(s), most)
	if n == 0 || e.n > 1 && n < e.n {
		return 0, false
	}
	v, err := strconv.Atoi(s[:n])
	if err != nil {
		return 0, false
	}
	switch e.letter {
	case 'y', 'u':
		if d.year = v; e.n == 2 {
			d.year = 2000 + v
		}
	case 'M', 'L':
		d.month = v
	case 'd':
		d.day = v
	case 'D':
		d.yearDay = v
	case 'H':
		d.hour = v
	case 'k':
		d.hour = v % 24
	case 'h', 'K':
		d.hour12 = v
	case 'm':
		d.minute = v
	case 's':
		d.sec = v
	case 'n':
		d.nan = v
	case 'A':
		d.hour, d.minute, d.sec, d.nan = v/3600000, v/60000%60, v/1000%60, v%1000*1e6
	}
	return n, true
}

// zoneText reads Z, an offset, or the name of a zone.
func (d *parts) zoneText(s string) (int, bool) {
	if strings.HasPrefix(s, "Z") {
		d.zone = time.UTC
		return 1, true
	}
	text, skip := s, 0
	for _, p := range []string{"GMT", "UTC"} {
		if strings.HasPrefix(s, p) {
			if len(s) == 3 || s[3] != '+' && s[3] != '-' {
				d.zone = time.UTC
				return 3, true
			}
			text, skip = s[3:], 3
		}
	}
	end := 0
	for end < len(text) && (isWord(text[end]) || strings.IndexByte("+-:/", text[end]) >= 0) {
		end++
	}
	for n := end; n > 1; n-- {
		if z, err := insights.Zone(text[:n]); err == nil {
			d.zone = z
			return skip + n, true
		}
	}
	return 0, false
}

// prefixFold is the length of a name that s begins with, in any case; with
// short its first three letters.
func prefixFold(s, name string, short bool) int {
	if short {
		name = name[:3]
	}
	if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
		return len(name)
	}
	return 0
}

// isWord says whether c may stand in the name of a zone.
func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// digitRun is how many digits s begins with.
func digitRun(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
