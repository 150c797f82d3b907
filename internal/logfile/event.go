package logfile

import (
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Options say how to read events. The zero value reads one event a line.
type Options struct {
	// Multiline joins lines to events: an event begins at a line with a
	// timestamp near its start or, in a file without any, at a line that is not
	// indented. Indented and empty lines always belong to the event before.
	Multiline bool
	// Export reads the files of CloudWatch Logs' export to S3: each event is a
	// timestamp, a blank and the message, whose further lines follow as they are.
	Export bool
	// KeepCR leaves the "\r" of lines that end in "\r\n" in their message, so that
	// the messages with "\n" behind each are the file's bytes. Without it "\r\n"
	// ends a line as "\n" does.
	KeepCR bool
	// MessageField is the top-level field of JSON lines that is the message;
	// empty, or a line without it, means the whole line.
	MessageField string
	// Location is that of timestamps without a zone; nil means UTC.
	Location *time.Location
	// Default dates the events of a file without timestamps.
	Default time.Time
}

// Event is one event of a file.
type Event struct {
	Timestamp int64 // milliseconds since the epoch
	// Message is UTF-8: each byte that is none is U+FFFD instead, as CloudWatch's
	// JSON has no other way to say it.
	Message  string
	Dated    bool // its own text has the timestamp
	Repaired bool // it had bytes that are no UTF-8
}

// Stats count what a Reader has met.
type Stats struct {
	Events  int64
	Undated int64 // events that took their timestamp from elsewhere
	Blank   int64 // empty lines that were left out
	Cut     int64 // lines and events longer than MaxLine, given in pieces
	Broken  int64 // places that look like a list of CloudTrail's records and are, or go on as, something else; read by lines
	// Repaired events held bytes that are no UTF-8.
	Repaired int64
}

// Reader reads events. It is for one goroutine.
type Reader struct {
	opts  Options
	lines lines
	find  finder
	stats Stats

	begun   bool
	records bool  // inside {"Records":[…]}
	last    int64 // timestamp for what has none
	indent  bool  // Multiline, and the file has no timestamps to go by
	first   int   // where the first timestamp stands in its line

	held    bool // a line was read that begins the next event
	line    string
	at      int64
	dated   bool
	parts   []string // lines of the event being put together
	partsAt int64
}

// leading is how far from the start of a file's first dated line its timestamp
// may stand for the file to be cut at timestamps, and slack how much further
// on those of later lines: a time elsewhere is part of an event's text.
const (
	leading = 48
	slack   = 8
)

// NewReader reads events from plain bytes.
func NewReader(r io.Reader, opts Options) *Reader {
	return &Reader{opts: opts, lines: lines{r: r, keepCR: opts.KeepCR}, find: finder{loc: opts.Location, year: opts.Default}}
}

// Stats returns the counts so far.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.Cut += r.lines.long
	return s
}

// Next returns the next event; io.EOF ends the file, any other error cuts it
// short.
func (r *Reader) Next() (Event, error) {
	if !r.begun {
		r.begin()
	}
	if r.records {
		e, ok, err := r.record()
		if ok || err != nil {
			return e, err
		}
		r.records = false
	}
	if r.opts.Multiline || r.opts.Export {
		return r.joined()
	}
	for {
		line, err := r.lines.next()
		if err != nil {
			return Event{}, err
		}
		if line == "" {
			r.stats.Blank++
			continue
		}
		at, dated, _ := r.date(line)
		return r.event(at, dated, line), nil
	}
}

// begin looks at the first lines, without taking them, for a timestamp to date
// what comes before the first one.
func (r *Reader) begin() {
	r.begun = true
	r.last = r.opts.Default.UnixMilli()
	r.indent = true
	r.lines.fill()
	if !r.opts.Export {
		text := strings.TrimPrefix(r.lines.text, "\ufeff")
		begin, alike := recordsAt(text)
		if begin > 0 {
			r.records, r.lines.text = true, text[begin:]
			return
		}
		if alike {
			r.stats.Broken++
		}
	}
	rest := r.lines.text
	for more := true; more; {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		at, dated, pos := r.date(line)
		if (!dated && !more || dated && r.find.yearless) && r.find.column == 0 {
			if r.find.column = epochColumn(r.lines.text, r.opts.Default); r.find.column > 0 {
				r.last = r.opts.Default.UnixMilli()
				rest, more = r.lines.text, true
				continue
			}
		}
		if dated {
			r.last = at
			if pos <= leading {
				r.indent, r.first = false, pos
			}
			return
		}
	}
}

// date finds the line's own timestamp, or gives the last one. A "\r" at the end
// is no part of it.
func (r *Reader) date(line string) (ms int64, dated bool, pos int) {
	line = strings.TrimSuffix(line, "\r")
	if strings.HasPrefix(line, "{") {
		if ms, ok := r.find.json(line); ok {
			r.last = ms
			return ms, true, 0
		}
		return r.last, false, 0
	}
	if ms, pos, ok := r.find.text(line); ok {
		r.last = ms
		return ms, true, pos
	}
	return r.last, false, 0
}

func (r *Reader) event(at int64, dated bool, message string) Event {
	r.stats.Events++
	if !dated {
		r.stats.Undated++
	}
	if r.opts.MessageField != "" && strings.HasPrefix(message, "{") {
		if text, ok := jsonText(message, r.opts.MessageField); ok && text != "" {
			message = text
		}
	}
	e := Event{Timestamp: at, Message: message, Dated: dated}
	if !utf8.ValidString(message) {
		// strings.ToValidUTF8 would make one of several bytes in a row, while the
		// functions of a query count each.
		e.Message, e.Repaired = strings.Map(func(c rune) rune { return c }, message), true
		r.stats.Repaired++
	}
	return e
}

// joined returns the next event of several lines.
func (r *Reader) joined() (Event, error) {
	r.parts = r.parts[:0]
	size := 0
	var at int64
	dated := false
	if r.held {
		r.held = false
		r.parts = append(r.parts, r.line)
		size, at, dated = len(r.line), r.at, r.dated
	}
	for {
		line, err := r.lines.next()
		if errors.Is(err, io.EOF) && len(r.parts) > 0 {
			return r.join(at, dated)
		}
		if err != nil {
			return Event{}, err
		}
		begins, lineAt, lineDated := r.begins(&line)
		switch {
		case len(r.parts) == 0:
			if line == "" && !lineDated {
				r.stats.Blank++
				continue
			}
			at, dated = lineAt, lineDated
		case begins || size+len(line) > MaxLine:
			if !begins {
				r.stats.Cut++
				lineAt, lineDated = at, dated
			}
			r.held, r.line, r.at, r.dated = true, line, lineAt, lineDated
			return r.join(at, dated)
		}
		r.parts = append(r.parts, line)
		size += len(line) + 1
	}
}

// begins says whether a line begins an event. For Export it cuts the timestamp off.
func (r *Reader) begins(line *string) (begins bool, at int64, dated bool) {
	s := *line
	if r.opts.Export {
		// The form is always 2026-01-31T12:00:00.123Z and a blank.
		if len(s) > 20 && s[0] >= '0' && s[0] <= '9' && s[4] == '-' && s[10] == 'T' {
			if ms, end, ok := r.find.iso(s, 0); ok && s[end-1] == 'Z' && (end == len(s) || s[end] == ' ') {
				r.last = ms
				*line = strings.TrimPrefix(s[end:], " ")
				return true, ms, true
			}
		}
		return false, r.last, false
	}
	if s == "" || s == "\r" || s[0] == ' ' || s[0] == '\t' {
		return false, r.last, false
	}
	before := r.last
	at, dated, pos := r.date(s)
	if r.indent {
		return s[0] != '}' && s[0] != ']', at, dated
	}
	if !dated || pos > r.first+slack {
		r.last = before // a time inside the text of an event is not its own
		return false, before, false
	}
	return true, at, true
}

func (r *Reader) join(at int64, dated bool) (Event, error) {
	text := r.parts[0]
	if len(r.parts) > 1 {
		text = strings.Join(r.parts, "\n")
	}
	if !r.opts.Export {
		text = strings.TrimRight(text, "\n")
	}
	clear(r.parts)
	return r.event(at, dated, text), nil
}
