package logfile

import (
	"errors"
	"io"
	"strings"
)

const (
	// MaxLine is the longest line in bytes that is kept in one piece. It is far
	// above CloudWatch's megabyte per event and bounds the memory of a file
	// that is no text at all.
	MaxLine = 16 << 20

	chunk = 256 << 10 // what is read at a time

	maxEmpty = 100 // reads without bytes or error in a row
)

// lines cuts a stream at "\n" and "\r\n"; with keepCR at "\n" only, so that a "\r"
// stays at the end of its line. Lines are substrings of large chunks.
type lines struct {
	r      io.Reader
	keepCR bool

	buf  []byte
	text string // read and not yet given
	from int    // text[:from] is known to have no line end
	err  error  // what ended reading; io.EOF at the proper end
	long int64  // lines that were cut at MaxLine
}

// next returns the next line without its end, or what ended reading.
func (l *lines) next() (string, error) {
	for {
		if i := strings.IndexByte(l.text[l.from:], '\n'); i >= 0 && l.from+i <= MaxLine {
			line := l.text[:l.from+i]
			l.text, l.from = l.text[l.from+i+1:], 0
			return l.end(line), nil
		}
		l.from = len(l.text)
		if len(l.text) > MaxLine {
			line := l.text[:MaxLine]
			l.text, l.from = l.text[MaxLine:], 0
			l.long++
			return line, nil
		}
		if l.err != nil {
			if len(l.text) == 0 || !errors.Is(l.err, io.EOF) {
				return "", l.err
			}
			line := l.text
			l.text, l.from = "", 0
			return l.end(line), nil
		}
		l.fill()
	}
}

// end takes the "\r" of a line's end away when it is not to be kept.
func (l *lines) end(line string) string {
	if l.keepCR {
		return line
	}
	return strings.TrimSuffix(line, "\r")
}

// fill reads one more chunk.
func (l *lines) fill() {
	if l.buf == nil {
		l.buf = make([]byte, chunk)
	}
	n, empty := 0, 0
	var err error
	for n < len(l.buf) && err == nil {
		var m int
		m, err = l.r.Read(l.buf[n:])
		n += m
		if m > 0 {
			empty = 0
		} else if empty++; empty == maxEmpty && err == nil {
			err = io.ErrNoProgress
		}
	}
	l.text += string(l.buf[:n])
	l.err = err
}
