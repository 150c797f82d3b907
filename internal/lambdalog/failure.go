package lambdalog

import "strings"

// ParseTimeout reads "<time> <id> Task timed out after 3.00 seconds" and gives
// the seconds the function was allowed to run.
func ParseTimeout(msg string) (requestID string, seconds float64, ok bool) {
	if !startsWithTime(msg) || len(msg) < timeLen+1 || msg[timeLen] != ' ' {
		return "", 0, false
	}
	id, rest, found := strings.Cut(msg[timeLen+1:], " ")
	if !found || !isUUID(id) {
		return "", 0, false
	}
	rest, found = strings.CutPrefix(rest, "Task timed out after ")
	if !found {
		return "", 0, false
	}
	num, tail, _ := strings.Cut(rest, " ")
	if !strings.HasPrefix(tail, "second") {
		return "", 0, false
	}
	seconds, ok = decimal(num)
	if !ok {
		return "", 0, false
	}
	return id, seconds, true
}

// Crash is the line Lambda writes when a runtime process ends by itself.
type Crash struct {
	RequestID string
	Reason    string // such as "Runtime exited with error: signal: killed"
	ErrorType string // such as Runtime.ExitError; "" when not given
}

// Killed says whether the process was killed from outside, which on Lambda is
// nearly always the kernel answering an exhausted memory limit.
func (c *Crash) Killed() bool { return strings.HasSuffix(c.Reason, "signal: killed") }

// ParseCrash reads "RequestId: <id> Error: <reason>", with the error type on
// the line below.
func ParseCrash(msg string) (c Crash, ok bool) {
	s, found := strings.CutPrefix(msg, "RequestId: ")
	if !found {
		return Crash{}, false
	}
	id, rest, found := strings.Cut(s, " ")
	if !found || id == "" {
		return Crash{}, false
	}
	rest, found = strings.CutPrefix(rest, "Error: ")
	if !found {
		return Crash{}, false
	}
	reason, below, _ := strings.Cut(rest, "\n")
	c = Crash{RequestID: id, Reason: trimEnd(reason)}
	typ, _, _ := strings.Cut(below, "\n")
	if typ = trimEnd(typ); !strings.ContainsAny(typ, " \t") {
		c.ErrorType = typ
	}
	return c, c.Reason != ""
}

// OutOfMemory says whether the message, a REPORT line or a crash line, tells
// that an invocation ran out of memory. One failure may write both lines.
func OutOfMemory(msg string) bool {
	if c, ok := ParseCrash(msg); ok {
		return c.Killed() || c.ErrorType == "Runtime.OutOfMemory"
	}
	r, ok := ParseReport(msg)
	return ok && r.OutOfMemory()
}
