package logfile

import (
	"errors"
	"io"
	"strings"

	"skywatch/internal/jsontext"
)

// CloudTrail delivers its events to S3 as files of one JSON object,
//
//	{"Records":[{"eventVersion":…},{"eventVersion":…}]}
//
// of which each element is an event, as it is when CloudTrail writes to
// CloudWatch Logs. White space may stand wherever JSON allows it, and several
// such objects may follow each other. Where the list does not go on as one, the
// rest is read by lines, and counted (Stats.Broken).

// recordsAt looks for the head of such an object: begin is the index of its first
// element, 0 when s does not begin so. alike says that s begins with an object
// whose first member is named Records, whatever that is.
func recordsAt(s string) (begin int, alike bool) {
	i := jsontext.Blank(s, 0)
	for _, token := range []string{"{", `"Records"`, ":", "["} {
		if !strings.HasPrefix(s[i:], token) {
			return 0, alike
		}
		alike = alike || len(token) > 1
		i = jsontext.Blank(s, i+len(token))
	}
	return i, true
}

// headRoom is how much behind a list is looked at for the head of the next one.
const headRoom = 4 << 10

// record returns the next element. ok is false where the text is not, or not
// any more, of that form; what is left is read by lines.
func (r *Reader) record() (e Event, ok bool, err error) {
	l := &r.lines
	for {
		l.text = strings.TrimLeft(l.text, ", \t\r\n")
		l.from = 0
		end := -1
		switch {
		case l.text == "":
		case l.text[0] == '{':
			end = jsontext.SkipValue(l.text, 0)
		case l.text[0] == ']' && (len(l.text) > headRoom || l.err != nil):
			if more := r.nextList(); more {
				continue
			}
			return e, false, nil
		case l.text[0] != ']':
			r.stats.Broken++
			return e, false, nil
		}
		switch {
		case end > 0 && end <= MaxLine:
			text := l.text[:end]
			l.text = l.text[end:]
			at, dated, _ := r.date(text)
			return r.event(at, dated, text), true, nil
		case len(l.text) > MaxLine || errors.Is(l.err, io.EOF):
			r.stats.Broken++
			return e, false, nil
		case l.err != nil:
			return e, false, l.err
		}
		l.fill()
	}
}

// nextList goes on behind the "]" of a list: to the elements of the next one, or
// to what is to be read by lines.
func (r *Reader) nextList() (more bool) {
	rest := r.lines.text[1:]
	closing := jsontext.Blank(rest, 0)
	if !strings.HasPrefix(rest[closing:], "}") { // more members, or no end
		r.stats.Broken++
		r.lines.text = rest[closing:]
		return false
	}
	rest = rest[closing+1:]
	begin, alike := recordsAt(rest)
	if begin > 0 {
		r.lines.text = rest[begin:]
		return true
	}
	if alike {
		r.stats.Broken++
	}
	r.lines.text = rest[jsontext.Blank(rest, 0):]
	return false
}
