package metricsapi

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metrics"
)

// Limits of names, in characters.
const (
	maxNamespace      = 255
	maxMetricName     = 255
	maxDimensions     = 30
	maxDimensionName  = 255
	maxDimensionValue = 1024
)

// units holds CloudWatch's units in the order of its documents.
var units = []types.StandardUnit{
	"Seconds", "Microseconds", "Milliseconds",
	"Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes",
	"Bits", "Kilobits", "Megabits", "Gigabits", "Terabits",
	"Percent", "Count",
	"Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second",
	"Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second",
	"Count/Second", "None",
}

var knownUnits = func() map[types.StandardUnit]bool {
	m := map[types.StandardUnit]bool{}
	for _, u := range units {
		m[u] = true
	}
	return m
}()

// invalid is AWS's sentence about a bad value, with our reason behind it.
func invalid(param string, value any, reason string) error {
	text := fmt.Sprint(value)
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	if reason != "" {
		reason = " " + reason
	}
	return awswire.InvalidParameterValue("The value %s for parameter %s is invalid.%s", text, param, reason)
}

func required(param string) error {
	return awswire.MissingParameter("The parameter %s is required.", param)
}

func tooMany(param string, most int) error {
	return awswire.InvalidParameterValue("The collection %s must not have a size greater than %d.", param, most)
}

func notInSet[T ~string](param string, set []T) error {
	names := make([]string, len(set))
	for i, s := range set {
		names[i] = string(s)
	}
	return awswire.InvalidParameterValue("The parameter %s must be a value in the set [ %s ].", param, strings.Join(names, ", "))
}

// checkText checks what holds for every name: its length, no control
// characters (they part names inside the store), something but blanks.
func checkText(param, s string, most int, asciiOnly bool) error {
	blank := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c == 0x7f {
			return invalid(param, fmt.Sprintf("%q", s), "It must not contain control characters.")
		}
		if c >= utf8.RuneSelf && asciiOnly {
			return invalid(param, s, "It must contain only ASCII characters.")
		}
		blank = blank && c == ' '
	}
	if !asciiOnly && !utf8.ValidString(s) {
		return invalid(param, fmt.Sprintf("%q", s), "It is not valid UTF-8.")
	}
	if blank {
		return invalid(param, s, "It must contain at least one character that is not a blank.")
	}
	if len(s) > most && utf8.RuneCountInString(s) > most {
		return invalid(param, s, fmt.Sprintf("It must not be longer than %d characters.", most))
	}
	return nil
}

func checkNamespace(param string, s *string) error {
	if s == nil || *s == "" {
		return required(param)
	}
	if err := checkText(param, *s, maxNamespace, true); err != nil {
		return err
	}
	if (*s)[0] == ':' {
		return invalid(param, *s, "It must not begin with a colon.")
	}
	for _, c := range []byte(*s) {
		switch {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', strings.IndexByte(".-_/#: ", c) >= 0:
		default:
			return invalid(param, *s, "It may contain letters, digits, blanks and . - _ / # : only.")
		}
	}
	return nil
}

func checkMetricName(param string, s *string) error {
	if s == nil || *s == "" {
		return required(param)
	}
	return checkText(param, *s, maxMetricName, false)
}

// checkUnit returns the unit's name, or none for no unit.
func checkUnit(param string, u types.StandardUnit, none string) (string, error) {
	if u == "" {
		return none, nil
	}
	if !knownUnits[u] {
		return "", notInSet(param, units)
	}
	return string(u), nil
}

// dimensions checks a metric's dimensions and returns them sorted by name, as
// keys want them. The result is appended to buf.
func dimensions(buf []metrics.Dimension, param func() string, dims []types.Dimension) ([]metrics.Dimension, error) {
	if len(dims) > maxDimensions {
		return nil, tooMany(param(), maxDimensions)
	}
	from := len(buf)
	for i, d := range dims {
		at := func(member string) string { return fmt.Sprintf("%s.member.%d.%s", param(), i+1, member) }
		if d.Name == nil || *d.Name == "" {
			return nil, required(at("Name"))
		}
		if d.Value == nil || *d.Value == "" {
			return nil, required(at("Value"))
		}
		if !plainName(*d.Name, maxDimensionName) {
			if err := checkText(at("Name"), *d.Name, maxDimensionName, true); err != nil {
				return nil, err
			}
		}
		if (*d.Name)[0] == ':' {
			return nil, invalid(at("Name"), *d.Name, "It must not begin with a colon.")
		}
		if !plainName(*d.Value, maxDimensionValue) {
			if err := checkText(at("Value"), *d.Value, maxDimensionValue, true); err != nil {
				return nil, err
			}
		}
		buf = append(buf, metrics.Dimension{Name: *d.Name, Value: *d.Value})
	}
	own := buf[from:]
	slices.SortStableFunc(own, func(a, b metrics.Dimension) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(own); i++ {
		if own[i].Name == own[i-1].Name {
			return nil, awswire.InvalidParameterValue("The parameter %s names the dimension %s more than once.", param(), own[i].Name)
		}
	}
	return buf, nil
}

// plainDimensions does what dimensions does for a list without faults or
// blanks, quicker. It returns false when dimensions must look closer.
func plainDimensions(buf []metrics.Dimension, dims []types.Dimension) ([]metrics.Dimension, bool) {
	if len(dims) > maxDimensions {
		return nil, false
	}
	from := len(buf)
	for _, d := range dims {
		if d.Name == nil || d.Value == nil || *d.Name == "" || *d.Value == "" || (*d.Name)[0] == ':' ||
			!plainName(*d.Name, maxDimensionName) || !plainName(*d.Value, maxDimensionValue) {
			return nil, false
		}
		// Few and mostly sorted: put each in its place.
		i := len(buf)
		buf = append(buf, metrics.Dimension{Name: *d.Name, Value: *d.Value})
		for ; i > from && buf[i-1].Name >= *d.Name; i-- {
			if buf[i-1].Name == *d.Name {
				return nil, false
			}
			buf[i] = buf[i-1]
		}
		buf[i] = metrics.Dimension{Name: *d.Name, Value: *d.Value}
	}
	return buf, true
}

// plainName reports whether s surely passes checkText, without building the
// parameter's name: the hot path of PutMetricData.
func plainName(s string, most int) bool {
	if len(s) > most {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}
