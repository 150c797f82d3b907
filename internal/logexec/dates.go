package logexec

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"skywatch/internal/lang/insights"
)

// strftime formats a time. The language has checked the conversions; %f is
// microseconds, %L milliseconds, and a minus as in %-d leaves out padding.
func strftime(t time.Time, pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' || i+1 >= len(pattern) {
			b.WriteByte(pattern[i])
			continue
		}
		i++
		plain := false
		if pattern[i] == '-' && i+1 < len(pattern) {
			plain = true
			i++
		}
		s := conversion(t, pattern[i])
		if plain {
			if s = strings.TrimLeft(s, "0 "); s == "" {
				s = "0"
			}
		}
		b.WriteString(s)
	}
	return b.String()
}

func conversion(t time.Time, c byte) string {
	two := func(n int) string { return fmt.Sprintf("%02d", n) }
	hour12 := (t.Hour()+11)%12 + 1
	switch c {
	case 'Y':
		return strconv.Itoa(t.Year())
	case 'C':
		return two(t.Year() / 100)
	case 'y':
		return two(t.Year() % 100)
	case 'm':
		return two(int(t.Month()))
	case 'd':
		return two(t.Day())
	case 'e':
		return fmt.Sprintf("%2d", t.Day())
	case 'H':
		return two(t.Hour())
	case 'k':
		return fmt.Sprintf("%2d", t.Hour())
	case 'I':
		return two(hour12)
	case 'l':
		return fmt.Sprintf("%2d", hour12)
	case 'M':
		return two(t.Minute())
	case 'S':
		return two(t.Second())
	case 'L':
		return fmt.Sprintf("%03d", t.Nanosecond()/1e6)
	case 'f':
		return fmt.Sprintf("%06d", t.Nanosecond()/1e3)
	case 'N':
		return fmt.Sprintf("%09d", t.Nanosecond())
	case 's':
		return strconv.FormatInt(t.Unix(), 10)
	case 'j':
		return fmt.Sprintf("%03d", t.YearDay())
	case 'u':
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1)
	case 'w':
		return strconv.Itoa(int(t.Weekday()))
	case 'U':
		return two((t.YearDay() + 6 - int(t.Weekday())) / 7)
	case 'W':
		return two((t.YearDay() + 6 - (int(t.Weekday())+6)%7) / 7)
	case 'V':
		_, w := t.ISOWeek()
		return two(w)
	case 'G':
		y, _ := t.ISOWeek()
		return strconv.Itoa(y)
	case 'g':
		y, _ := t.ISOWeek()
		return two(y % 100)
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case '%':
		return "%"
	}
	layouts := map[byte]string{'a': "Mon", 'A': "Monday", 'b': "Jan", 'h': "Jan", 'B': "January", 'p': "PM", 'P': "pm", 'Z': "MST", 'z': "-0700",
		'c': "Mon Jan _2 15:04:05 2006", 'D': "01/02/06", 'F': "2006-01-02", 'r': "03:04:05 PM", 'R': "15:04", 'T': "15:04:05", 'x': "01/02/06", 'X': "15:04:05"}
	if l, ok := layouts[c]; ok {
		return t.Format(l)
	}
	panic("strftime conversion " + string(c) + " is accepted and not known")
}

// dateElement is a run of one pattern letter, a literal, or an optional part.
type dateElement struct {
	letter   byte // 0 for a literal
	n        int  // how often the letter stands
	literal  string
	optional []dateElement
	adjacent bool // another number follows directly, so the width is fixed
}

// datePattern reads a pattern of Java's DateTimeFormatter; the language has
// checked its letters, quotes and brackets.
func datePattern(p string) []dateElement {
	list, _ := dateElements(p, 0)
	return list
}

func dateElements(p string, i int) (list []dateElement, end int) {
	literal := func(s string) {
		if n := len(list); n > 0 && list[n-1].letter == 0 && list[n-1].optional == nil {
			list[n-1].literal += s
			return
		}
		list = append(list, dateElement{literal: s})
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
			var inner []dateElement
			inner, i = dateElements(p, i+1)
			list = append(list, dateElement{optional: inner})
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
			list = append(list, dateElement{letter: c, n: n})
			i += n
		default:
			literal(p[i : i+1])
			i++
		}
	}
	return list, i
}

// dateParts is what a date text says; what it does not say is 1970-01-01 00:00.
type dateParts struct {
	year, month, day, yearDay      int
	hour, hour12, minute, sec, nan int
	pm, hasPM                      bool
	zone                           *time.Location
}

// parseDate reads the whole of s. zone counts when the text names none.
func parseDate(pattern []dateElement, s string, zone *time.Location) (time.Time, bool) {
	d := dateParts{year: 1970, month: 1, day: 1, zone: zone}
	rest, ok := d.parse(pattern, strings.TrimSpace(s))
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

func (d *dateParts) parse(list []dateElement, s string) (rest string, ok bool) {
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
func (d *dateParts) element(e dateElement, s string) (int, bool) {
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
func (d *dateParts) zoneText(s string) (int, bool) {
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
	for end < len(text) && (wordByte(text[end]) || strings.IndexByte("+-:/", text[end]) >= 0) {
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
