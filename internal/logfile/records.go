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
// CloudWatch Logs. Several such objects may follow each other.
const recordsHead = `{"Records":[`

// record returns the next element. ok is false where the text is not, or not
// any more, of that form; what is left is read by lines.
func (r *Reader) record() (e Event, ok bool, err error) {
	l := &r.lines
	for {
		l.text = strings.TrimLeft(l.text, ", \t\r\n")
		l.from = 0
		end := -1
		switch {
		case strings.HasPrefix(l.text, "{"):
			end = jsontext.SkipValue(l.text, 0)
		case strings.HasPrefix(l.text, "]") && len(l.text) > 1:
			l.text = strings.TrimLeft(l.text[1:], "} \t\r\n")
			r.records = strings.HasPrefix(l.text, recordsHead)
			if !r.records {
				return e, false, nil
			}
			l.text = l.text[len(recordsHead):]
			continue
		case l.text != "" && !strings.HasPrefix(l.text, "]"):
			return e, false, nil
		}
		switch {
		case end > 0 && end <= MaxLine:
			text := l.text[:end]
			l.text = l.text[end:]
			at, dated, _ := r.date(text)
			return r.event(at, dated, text), true, nil
		case len(l.text) > MaxLine || errors.Is(l.err, io.EOF):
			return e, false, nil
		case l.err != nil:
			return e, false, l.err
		}
		l.fill()
	}
}
