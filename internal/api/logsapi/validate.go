package logsapi

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// invalid returns an InvalidParameterException.
func invalid(format string, args ...any) error {
	return &types.InvalidParameterException{Message: aws.String(fmt.Sprintf(format, args...))}
}

// unsupported refuses a member that AWS has and this server has not.
func unsupported(member, why string) error {
	return invalid("The parameter %s is not supported by this server: %s", member, why)
}

// checks gathers broken constraints and words them as AWS does:
//
//	1 validation error detected: Value 'x' at 'limit' failed to satisfy constraint: Member must …
type checks struct{ problems []string }

// maxProblems is where AWS stops listing.
const maxProblems = 10

func (c *checks) fail(value, member, constraint string) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", value, member, constraint))
	}
}

// err returns what was gathered as one InvalidParameterException, or nil.
func (c *checks) err() error {
	switch n := len(c.problems); n {
	case 0:
		return nil
	case 1:
		return invalid("1 validation error detected: %s", c.problems[0])
	default:
		return invalid("%d validation errors detected: %s", n, strings.Join(c.problems, "; "))
	}
}

// shown quotes a value for a message, cut to a readable length.
func shown(v string) string {
	const most = 256
	if len(v) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(v[cut]) {
			cut--
		}
		v = v[:cut] + "…"
	}
	return "'" + v + "'"
}

// required notes a missing member and reports whether it is there.
func (c *checks) required(member string, present bool) bool {
	if !present {
		c.fail("null", member, "Member must not be null")
	}
	return present
}

// length bounds a text in characters.
func (c *checks) length(member, v string, least, most int) {
	if n := utf8.RuneCountInString(v); n < least {
		c.fail(shown(v), member, fmt.Sprintf("Member must have length greater than or equal to %d", least))
	} else if n > most {
		c.fail(shown(v), member, fmt.Sprintf("Member must have length less than or equal to %d", most))
	}
}

// count bounds the number of elements of a list or map.
func (c *checks) count(member string, n, least, most int) {
	if n < least {
		c.fail(fmt.Sprintf("'[%d elements]'", n), member, fmt.Sprintf("Member must have length greater than or equal to %d", least))
	} else if n > most {
		c.fail(fmt.Sprintf("'[%d elements]'", n), member, fmt.Sprintf("Member must have length less than or equal to %d", most))
	}
}

// within bounds a number that may be absent.
func within[T int32 | int64](c *checks, member string, v *T, least, most T) {
	switch {
	case v == nil:
	case *v < least:
		c.fail(fmt.Sprintf("'%d'", *v), member, fmt.Sprintf("Member must have value greater than or equal to %d", least))
	case *v > most:
		c.fail(fmt.Sprintf("'%d'", *v), member, fmt.Sprintf("Member must have value less than or equal to %d", most))
	}
}

// notNegative bounds a time that may be absent.
func (c *checks) notNegative(member string, v *int64) {
	if v != nil && *v < 0 {
		c.fail(fmt.Sprintf("'%d'", *v), member, "Member must have value greater than or equal to 0")
	}
}

// oneOf bounds an enumeration that may be absent.
func oneOf[T ~string](c *checks, member string, v T, allowed ...T) {
	if v == "" {
		return
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		if v == a {
			return
		}
		names[i] = string(a)
	}
	c.fail(shown(string(v)), member, "Member must satisfy enum value set: ["+strings.Join(names, ", ")+"]")
}

// pattern holds a text against a class of characters; re is how AWS writes it.
func (c *checks) pattern(member, v, re string, ok func(r rune) bool) {
	for _, r := range v {
		if !ok(r) {
			c.fail(shown(v), member, "Member must satisfy regular expression pattern: "+re)
			return
		}
	}
}

func isAlphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func isGroupRune(r rune) bool { return isAlphanumeric(r) || strings.ContainsRune(".-_/#", r) }

const groupPattern = `[\.\-_/#A-Za-z0-9]+`

// groupName checks a required log group name.
func (c *checks) groupName(member string, v *string) {
	if c.required(member, v != nil) {
		c.groupText(member, *v)
	}
}

// groupText checks a log group name or prefix that is there.
func (c *checks) groupText(member, v string) {
	c.length(member, v, 1, 512)
	c.pattern(member, v, groupPattern, isGroupRune)
}

// streamName checks a required log stream name.
func (c *checks) streamName(member string, v *string) {
	if c.required(member, v != nil) {
		c.streamText(member, *v)
	}
}

func (c *checks) streamText(member, v string) {
	c.length(member, v, 1, 512)
	c.pattern(member, v, `[^:*]*`, func(r rune) bool { return r != ':' && r != '*' })
}

// identifier checks a logGroupIdentifier that is there.
func (c *checks) identifier(member, v string) {
	c.length(member, v, 1, 2048)
	c.pattern(member, v, `[\w#+=/:,.@-]*`, func(r rune) bool { return isAlphanumeric(r) || strings.ContainsRune("_#+=/:,.@-", r) })
}

// resourceARN checks a required ARN.
func (c *checks) resourceARN(member string, v *string) {
	if c.required(member, v != nil) {
		c.length(member, *v, 1, 1011)
		c.pattern(member, *v, `[\w+=/:,.@\-\*]*`, func(r rune) bool { return isAlphanumeric(r) || strings.ContainsRune("_#+=/:,.@-*", r) })
	}
}

// nextToken checks the length of a page token that may be absent.
func (c *checks) nextToken(v *string) {
	if v != nil {
		c.length("nextToken", *v, 1, 4096)
	}
}

// classes are the log classes this server has.
var classes = []types.LogGroupClass{types.LogGroupClassStandard, types.LogGroupClassInfrequentAccess, types.LogGroupClassDelivery}

func (c *checks) class(member string, v types.LogGroupClass) { oneOf(c, member, v, classes...) }
