package insights

import (
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines without them too
)

// FormatLetters are the conversions of strftime that formatDate knows.
const FormatLetters = "aAbBcCdDeFGhHIjklLmMnNpPrRsStTuUVwWxXyYzZ%fg"

// ParseLetters are the pattern letters of Java's DateTimeFormatter that
// parseDate knows.
const ParseLetters = "yuMLdDHkhKmsSAnaEzVXxZO"

// checkDate refuses patterns and zones that formatDate and parseDate cannot do.
func (f *Function) checkDate(c *Call) error {
	pattern, ok := c.Args[1].(*String)
	if !ok {
		return errorAt(c.Args[1].Pos(), "%s is no date pattern, expected a string in %s", c.Args[1], f.Syntax)
	}
	s := pattern.Value
	if f.Name == "formatDate" {
		if !strings.Contains(s, "%") {
			return errorAt(pattern.Span, "the date pattern %s has no conversion, expected those of strftime as in %s", pattern, f.Syntax)
		}
		for i := 0; i < len(s); i++ {
			if s[i] != '%' {
				continue
			}
			if i++; i < len(s) && s[i] == '-' {
				i++ // no padding
			}
			if i >= len(s) || !strings.Contains(FormatLetters, s[i:i+1]) {
				return errorAt(pattern.Span, "the date pattern %s has a conversion that is not known: %q", pattern, "%"+s[min(i, len(s)):min(i+1, len(s))])
			}
		}
	} else {
		quoted, depth := false, 0
		for _, r := range s {
			switch {
			case r == '\'':
				quoted = !quoted
			case quoted:
			case r == '[':
				depth++
			case r == ']':
				if depth--; depth < 0 {
					return errorAt(pattern.Span, "the date pattern %s closes a bracket that is not open", pattern)
				}
			case (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') && !strings.ContainsRune(ParseLetters, r), strings.ContainsRune("{}#", r):
				return errorAt(pattern.Span, "the date pattern %s has a letter that is not known: %q", pattern, r)
			}
		}
		if quoted || depth > 0 {
			return errorAt(pattern.Span, "the date pattern %s has a quote or bracket that is not closed", pattern)
		}
	}
	if len(c.Args) > 2 {
		zone, ok := c.Args[2].(*String)
		if !ok {
			return errorAt(c.Args[2].Pos(), "%s is no time zone, expected a string such as \"UTC\" or \"Asia/Seoul\"", c.Args[2])
		}
		if _, err := Zone(zone.Value); err != nil {
			return errorAt(zone.Span, "unknown time zone %s, expected one such as \"UTC\", \"Asia/Seoul\" or \"+09:00\"", zone)
		}
	}
	return nil
}

// Zone finds a time zone by its name in the time zone database or its offset
// (+09:00, +0900, +09, UTC+9 is not one).
func Zone(name string) (*time.Location, error) {
	for _, form := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(form, name); err == nil {
			_, offset := t.Zone()
			return time.FixedZone(name, offset), nil
		}
	}
	if name == "Z" || name == "" {
		return time.UTC, nil
	}
	if name == "Local" {
		name = "no such zone" // that would be the server's own
	}
	return time.LoadLocation(name)
}
