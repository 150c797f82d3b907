package timetext

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Strftime formats a time in a pattern of strftime (C, Ruby). The language has
// checked the conversions; %f is microseconds, %L milliseconds, and a minus as in
// %-d leaves out padding.
func Strftime(t time.Time, pattern string) string {
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
	if l, ok := layouts[c]; ok {
		return t.Format(l)
	}
	panic("strftime conversion " + string(c) + " is accepted and not known")
}

// layouts are the conversions that a layout of package time says.
var layouts = map[byte]string{'a': "Mon", 'A': "Monday", 'b': "Jan", 'h': "Jan", 'B': "January", 'p': "PM", 'P': "pm", 'Z': "MST", 'z': "-0700",
	'c': "Mon Jan _2 15:04:05 2006", 'D': "01/02/06", 'F': "2006-01-02", 'r': "03:04:05 PM", 'R': "15:04", 'T': "15:04:05", 'x': "01/02/06", 'X': "15:04:05"}
