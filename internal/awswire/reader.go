package awswire

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// reader is the front end of one format: a pull reader over a request body
// already in memory. The decoder asks for the type its plan wants; the reader
// answers or fails with a *typeError or *syntaxError. Byte slices returned are
// valid until the next call.
type reader interface {
	// null consumes a null (or an absent value) and reports whether there was one.
	null() (bool, error)

	beginStruct() error
	// nextMember returns the next member name, or ok == false at the end of
	// the structure, which it consumes.
	nextMember() (name []byte, ok bool, err error)

	// beginList returns how many elements follow, -1 when that is not known.
	// The number is the sender's claim.
	beginList() (n int, err error)
	nextItem() (ok bool, err error)

	beginMap() error
	nextKey() (key string, ok bool, err error)

	readString() ([]byte, error)
	// appendString appends what readString would return to dst. On error dst
	// may have grown.
	appendString(dst []byte) ([]byte, error)
	readBool() (bool, error)
	readInt(bits int) (int64, error)
	readFloat() (float64, error)
	readTime() (time.Time, error)
	readBlob() ([]byte, error)

	// skip consumes one value of any type.
	skip() error
	// end checks that nothing follows the top-level value.
	end() error
}

// maxDepth is how deep values may be nested, known members or not. The deepest
// input shape of either service has less than twenty levels.
const maxDepth = 128

// syntaxError is a body that is not of its format at all.
type syntaxError struct{ msg string }

func (e *syntaxError) Error() string { return e.msg }

func syntaxErrorf(format string, args ...any) error {
	return &syntaxError{fmt.Sprintf(format, args...)}
}

// typeError is a value of another type than the member has, or out of its
// range. The decoder adds the path.
type typeError struct{ msg string }

func (e *typeError) Error() string { return e.msg }

func typeErrorf(format string, args ...any) error {
	return &typeError{fmt.Sprintf(format, args...)}
}

// mismatch says that a value of type got stands where want belongs, in the
// words AWS uses.
func mismatch(got, want string) error {
	return &typeError{got + " can not be converted to " + want}
}

// limitError is a body that decodes to more than we are willing to hold.
type limitError struct{ msg string }

func (e *limitError) Error() string { return e.msg }

// tooDeep is the error for nesting beyond maxDepth. No shape of the two
// services nests that deep, so it is malformed rather than large.
func tooDeep() error {
	return syntaxErrorf("values are nested deeper than %d levels", maxDepth)
}

// decodeError is a failure to decode with the place where it happened. path is
// built from the inside out while the error travels up.
type decodeError struct {
	path []string // innermost first; an element is ".name", "[i]" or `["key"]`
	err  error
}

func (e *decodeError) Unwrap() error { return e.err }

func (e *decodeError) Error() string {
	if p := e.Path(); p != "" {
		return e.err.Error() + " at '" + p + "'"
	}
	return e.err.Error()
}

// Path returns the place, such as "MetricData[3].Values[0]", or "" for the
// whole body.
func (e *decodeError) Path() string {
	n := 0
	for _, p := range e.path {
		n += len(p)
	}
	b := make([]byte, 0, n)
	for i := len(e.path) - 1; i >= 0; i-- {
		p := e.path[i]
		if len(b) == 0 && len(p) > 0 && p[0] == '.' {
			p = p[1:]
		}
		b = append(b, p...)
	}
	return string(b)
}

// at adds a path element to err.
func at(err error, element string) error {
	var de *decodeError
	if errors.As(err, &de) {
		de.path = append(de.path, element)
		return de
	}
	return &decodeError{path: []string{element}, err: err}
}

func atIndex(err error, i int) error { return at(err, "["+strconv.Itoa(i)+"]") }

// clip shortens user text for an error message.
func clip(b []byte) string {
	const most = 64
	if len(b) <= most {
		return string(b)
	}
	return string(b[:most]) + "…"
}

// quote quotes user text for an error message, shortened.
func quote(s string) string { return strconv.Quote(clip([]byte(s))) }

// parseNumber reads a decimal number and refuses the other forms that
// strconv.ParseFloat knows (hexadecimal, underscores, "inf").
func parseNumber(s string) (float64, bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}
