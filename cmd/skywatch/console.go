package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"skywatch/internal/cliout"
)

// Exit codes of every command.
const (
	exitOK          = 0
	exitFailed      = 1   // what was asked for did not (wholly) happen, or verify found damage
	exitUsage       = 2   // the command line or the query is wrong; nothing was done
	exitCut         = 3   // a part is missing: the server caps a query's rows, or events are damaged
	exitInterrupted = 130 // ended by ctrl-C before it was done
)

// console is the world of a command: its streams and its clock.
type console struct {
	in       io.Reader
	out, err io.Writer
	width    int  // cells of the terminal that out is, 0 when it is none
	color    bool // out is a terminal that wants colours
	live     bool // err is a terminal: progress is welcome
	now      func() time.Time
}

func systemConsole() *console {
	c := &console{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now}
	width, terminal := cliout.Terminal(os.Stdout)
	if terminal {
		c.width = max(width, 40)
		c.color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	_, c.live = cliout.Terminal(os.Stderr)
	return c
}

// warn tells people something beside the output.
func (c *console) warn(format string, args ...any) {
	fmt.Fprintf(c.err, "skywatch: "+format+"\n", args...)
}

// usageError is a mistake of whoever wrote the command line.
type usageError struct{ msg string }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func (e *usageError) Error() string { return e.msg }

// cutError says that the rows written are not all there are.
type cutError struct{ rows int }

func (e *cutError) Error() string {
	return fmt.Sprintf("the server gives at most %d rows of this query; narrow the time range or the filter for the others", e.rows)
}

// lossError says that events are missing because the server cannot read them.
type lossError struct{ events int64 } // at most so many are missing; 0 when nobody knows

func (e *lossError) Error() string {
	many := "events"
	if e.events > 0 {
		many = fmt.Sprintf("up to %d events", e.events)
	}
	return many + " could not be read, since their place on the server's disk is damaged, and are left out; skywatch verify, on the folder of the stopped server, lists the damage"
}

// queryError is a mistake in a query, shown under its text.
type queryError struct {
	text       string
	start, end int // bytes of text
	msg        string
}

// Error says what is wrong, with the line of the text and carets under the place.
func (e *queryError) Error() string {
	start := min(max(e.start, 0), len(e.text))
	end := min(max(e.end, start), len(e.text))
	from := strings.LastIndexByte(e.text[:start], '\n') + 1
	to := len(e.text)
	if i := strings.IndexByte(e.text[start:], '\n'); i >= 0 {
		to = start + i
	}
	end = min(end, to)
	carets := max(1, cliout.Width(cliout.Visible(e.text[start:end])))
	return fmt.Sprintf("query: %s\n  %s\n  %s%s", e.msg, cliout.Visible(e.text[from:to]),
		strings.Repeat(" ", cliout.Width(cliout.Visible(e.text[from:start]))), strings.Repeat("^", carets))
}

// exitCode is the program's for an error.
func exitCode(err error) int {
	var usage *usageError
	var query *queryError
	var cut *cutError
	var loss *lossError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage) || errors.As(err, &query):
		return exitUsage
	case errors.As(err, &cut) || errors.As(err, &loss):
		return exitCut
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}

// message words an error for people in one line: what AWS's client adds about
// requests and retries is left out.
func message(err error) string {
	var query *queryError
	if errors.As(err, &query) {
		return query.Error()
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	var op *smithy.OperationError
	var api smithy.APIError
	text := err.Error()
	switch {
	case errors.As(err, &op) && errors.As(err, &api):
		text = fmt.Sprintf("%s: %s: %s", op.Operation(), api.ErrorCode(), api.ErrorMessage())
	case errors.As(err, &op):
		cause := error(op)
		for next := op.Unwrap(); next != nil; next = errors.Unwrap(next) {
			cause = next
			if strings.HasPrefix(cause.Error(), "dial ") {
				break
			}
		}
		text = fmt.Sprintf("%s: %v", op.Operation(), cause)
		if strings.HasPrefix(cause.Error(), "dial ") {
			text += " (is the server running? --endpoint names another)"
		}
	}
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")
}

// progress shows one line on a terminal that is written over and over.
type progress struct {
	con   *console
	shown bool
	last  time.Time
}

const progressEvery = 100 * time.Millisecond

// show replaces the line, at most every progressEvery.
func (p *progress) show(format string, args ...any) {
	if !p.con.live || time.Since(p.last) < progressEvery {
		return
	}
	p.last, p.shown = time.Now(), true
	fmt.Fprintf(p.con.err, "\r\x1b[K"+format, args...)
}

// clear takes the line away.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.con.err, "\r\x1b[K")
		p.shown = false
	}
}

// size words a number of bytes.
func size(n float64) string {
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if n < 1000 {
			if unit == "B" {
				return fmt.Sprintf("%.0f %s", n, unit)
			}
			return fmt.Sprintf("%.1f %s", n, unit)
		}
		n /= 1000
	}
	return fmt.Sprintf("%.1f TB", n)
}
