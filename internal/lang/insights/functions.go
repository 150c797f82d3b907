package insights

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
)

// Function is an entry of the function table. Entries are shared and never
// change; Call.Func points to one.
type Function struct {
	Name      string // canonical spelling; texts may use any case
	MinArgs   int
	MaxArgs   int // -1 means any number
	Aggregate bool
	Syntax    string
	Help      string // one line
	Alias     string // another spelling, "" for none
}

const many = -1

// functions are what the executor can do: logexec has one implementation for
// each, and a test there that says so.
var functions = []*Function{
	// Numeric
	{Name: "abs", MinArgs: 1, MaxArgs: 1, Syntax: "abs(a)", Help: "Absolute value."},
	{Name: "ceil", MinArgs: 1, MaxArgs: 1, Syntax: "ceil(a)", Help: "Smallest whole number that is not below a."},
	{Name: "floor", MinArgs: 1, MaxArgs: 1, Syntax: "floor(a)", Help: "Largest whole number that is not above a."},
	{Name: "greatest", MinArgs: 1, MaxArgs: many, Syntax: "greatest(a, …)", Help: "The largest of the arguments."},
	{Name: "least", MinArgs: 1, MaxArgs: many, Syntax: "least(a, …)", Help: "The smallest of the arguments."},
	{Name: "log", MinArgs: 1, MaxArgs: 1, Syntax: "log(a)", Help: "Natural logarithm."},
	{Name: "sqrt", MinArgs: 1, MaxArgs: 1, Syntax: "sqrt(a)", Help: "Square root."},
	{Name: "round", MinArgs: 1, MaxArgs: 2, Syntax: "round(a[, digits])", Help: "Nearest number with that many decimals (0 when left out)."},
	{Name: "toNumber", MinArgs: 1, MaxArgs: 1, Syntax: "toNumber(a)", Help: "The number a text looks like, else nothing.", Alias: "toDouble"},
	{Name: "toInt", MinArgs: 1, MaxArgs: 1, Syntax: "toInt(a)", Help: "The number without its decimals.", Alias: "toLong"},
	{Name: "haversine", MinArgs: 4, MaxArgs: 4, Syntax: "haversine(lat1, lon1, lat2, lon2)", Help: "Great-circle distance of two points in kilometres; degrees."},

	// Time
	{Name: "bin", MinArgs: 1, MaxArgs: 1, Syntax: "bin(period)", Help: "@timestamp rounded down to the period, such as bin(5m)."},
	{Name: "datefloor", MinArgs: 2, MaxArgs: 2, Syntax: "datefloor(t, period)", Help: "A timestamp rounded down to the period."},
	{Name: "dateceil", MinArgs: 2, MaxArgs: 2, Syntax: "dateceil(t, period)", Help: "A timestamp rounded up to the period."},
	{Name: "fromMillis", MinArgs: 1, MaxArgs: 1, Syntax: "fromMillis(n)", Help: "The timestamp n milliseconds after 1970."},
	{Name: "toMillis", MinArgs: 1, MaxArgs: 1, Syntax: "toMillis(t)", Help: "The milliseconds after 1970 of a timestamp."},
	{Name: "now", MinArgs: 0, MaxArgs: 0, Syntax: "now()", Help: "Seconds after 1970 when the query began."},
	{Name: "queryStartTime", MinArgs: 0, MaxArgs: 0, Syntax: "queryStartTime()", Help: "Start of the query's time range in milliseconds."},
	{Name: "queryEndTime", MinArgs: 0, MaxArgs: 0, Syntax: "queryEndTime()", Help: "End of the query's time range in milliseconds."},
	{Name: "queryTimeRange", MinArgs: 0, MaxArgs: 0, Syntax: "queryTimeRange()", Help: "Length of the query's time range in milliseconds."},
	{Name: "formatDate", MinArgs: 2, MaxArgs: 3, Syntax: `formatDate(t, "%Y-%m-%d"[, "zone"])`, Help: "A timestamp as text, in a pattern of strftime.", Alias: "strftime"},
	{Name: "parseDate", MinArgs: 2, MaxArgs: 3, Syntax: `parseDate(s, "yyyy-MM-dd"[, "zone"])`, Help: "Milliseconds after 1970 of a date, in a pattern of Java's DateTimeFormatter."},

	// General
	{Name: "ispresent", MinArgs: 1, MaxArgs: 1, Syntax: "ispresent(f)", Help: "1 when the field exists, else 0."},
	{Name: "coalesce", MinArgs: 1, MaxArgs: many, Syntax: "coalesce(a, …)", Help: "The first argument that is there."},
	{Name: "if", MinArgs: 3, MaxArgs: 3, Syntax: "if(cond, a, b)", Help: "a when the condition holds, else b."},
	{Name: "case", MinArgs: 2, MaxArgs: 21, Syntax: "case(cond, value, …[, else])", Help: "The value behind the first condition that holds."},
	{Name: "isNumeric", MinArgs: 1, MaxArgs: 1, Syntax: "isNumeric(a)", Help: "1 when the value is a number or looks like one, else 0."},
	{Name: "messageSize", MinArgs: 0, MaxArgs: 1, Syntax: "messageSize([f])", Help: "Bytes of a text, of @message when left out."},
	{Name: "unmask", MinArgs: 1, MaxArgs: 1, Syntax: "unmask(f)", Help: "The field with masked data shown."},

	// JSON
	{Name: "jsonParse", MinArgs: 1, MaxArgs: 1, Syntax: "jsonParse(s)", Help: "The map or list in a JSON text; members are read as name.member."},
	{Name: "jsonStringify", MinArgs: 1, MaxArgs: 1, Syntax: "jsonStringify(m)", Help: "A map or list as JSON text."},
	{Name: "jsonArraySize", MinArgs: 1, MaxArgs: 1, Syntax: "jsonArraySize(l)", Help: "Number of elements of a list or a JSON array text."},
	{Name: "jsonArrayContains", MinArgs: 2, MaxArgs: 2, Syntax: "jsonArrayContains(l, v)", Help: "1 when the list has that element, else 0."},

	// IP addresses
	{Name: "isValidIp", MinArgs: 1, MaxArgs: 1, Syntax: "isValidIp(f)", Help: "1 for a valid IPv4 or IPv6 address."},
	{Name: "isValidIpV4", MinArgs: 1, MaxArgs: 1, Syntax: "isValidIpV4(f)", Help: "1 for a valid IPv4 address."},
	{Name: "isValidIpV6", MinArgs: 1, MaxArgs: 1, Syntax: "isValidIpV6(f)", Help: "1 for a valid IPv6 address."},
	{Name: "isIpInSubnet", MinArgs: 2, MaxArgs: 2, Syntax: `isIpInSubnet(f, "cidr")`, Help: "1 when the address lies in the subnet."},
	{Name: "isIpv4InSubnet", MinArgs: 2, MaxArgs: 2, Syntax: `isIpv4InSubnet(f, "cidr")`, Help: "1 when the IPv4 address lies in the subnet."},
	{Name: "isIpv6InSubnet", MinArgs: 2, MaxArgs: 2, Syntax: `isIpv6InSubnet(f, "cidr")`, Help: "1 when the IPv6 address lies in the subnet."},
	{Name: "ipv4ToNumber", MinArgs: 1, MaxArgs: 1, Syntax: "ipv4ToNumber(f)", Help: "The address as a number."},
	{Name: "isPrivateIP", MinArgs: 1, MaxArgs: 1, Syntax: "isPrivateIP(f)", Help: "1 for an address of private use (RFC 1918, fc00::/7)."},
	{Name: "isPublicIP", MinArgs: 1, MaxArgs: 1, Syntax: "isPublicIP(f)", Help: "1 for a valid address that is neither private nor reserved."},
	{Name: "isReservedIP", MinArgs: 1, MaxArgs: 1, Syntax: "isReservedIP(f)", Help: "1 for an address of a reserved range (loopback, link-local, multicast, documentation, …)."},

	// Text
	{Name: "isempty", MinArgs: 1, MaxArgs: 1, Syntax: "isempty(f)", Help: "1 when the field is missing or empty."},
	{Name: "isblank", MinArgs: 1, MaxArgs: 1, Syntax: "isblank(f)", Help: "1 when the field is missing, empty or only white space."},
	{Name: "concat", MinArgs: 1, MaxArgs: many, Syntax: "concat(a, …)", Help: "The texts joined."},
	{Name: "ltrim", MinArgs: 1, MaxArgs: 2, Syntax: "ltrim(s[, chars])", Help: "Without leading white space, or leading characters of a set."},
	{Name: "rtrim", MinArgs: 1, MaxArgs: 2, Syntax: "rtrim(s[, chars])", Help: "Without trailing white space, or trailing characters of a set."},
	{Name: "trim", MinArgs: 1, MaxArgs: 2, Syntax: "trim(s[, chars])", Help: "Without white space, or characters of a set, at both ends."},
	{Name: "strlen", MinArgs: 1, MaxArgs: 1, Syntax: "strlen(s)", Help: "Number of characters."},
	{Name: "toupper", MinArgs: 1, MaxArgs: 1, Syntax: "toupper(s)", Help: "In upper case."},
	{Name: "tolower", MinArgs: 1, MaxArgs: 1, Syntax: "tolower(s)", Help: "In lower case."},
	{Name: "substr", MinArgs: 2, MaxArgs: 3, Syntax: "substr(s, start[, length])", Help: "Part of a text; the first character is 0."},
	{Name: "replace", MinArgs: 3, MaxArgs: 3, Syntax: "replace(s, search, with)", Help: "Every occurrence replaced."},
	{Name: "strcontains", MinArgs: 2, MaxArgs: 3, Syntax: "strcontains(s, search[, anyCase])", Help: "1 when the text occurs, else 0; in any case when the third argument holds."},
	{Name: "regexReplace", MinArgs: 3, MaxArgs: 3, Syntax: `regexReplace(s, "pattern", "with")`, Help: "Every match of a regular expression replaced; $1 is its first group."},
	{Name: "startsWith", MinArgs: 2, MaxArgs: 2, Syntax: "startsWith(s, prefix)", Help: "1 when the text begins so, else 0."},
	{Name: "endsWith", MinArgs: 2, MaxArgs: 2, Syntax: "endsWith(s, suffix)", Help: "1 when the text ends so, else 0."},
	{Name: "split", MinArgs: 2, MaxArgs: 2, Syntax: "split(s, separator)", Help: "The parts of a text as a list."},
	{Name: "urlencode", MinArgs: 1, MaxArgs: 1, Syntax: "urlencode(s)", Help: "Percent-encoded for URLs."},
	{Name: "urldecode", MinArgs: 1, MaxArgs: 1, Syntax: "urldecode(s)", Help: "Percent-encoding undone."},
	{Name: "base64encode", MinArgs: 1, MaxArgs: 1, Syntax: "base64encode(s)", Help: "As base64."},
	{Name: "base64decode", MinArgs: 1, MaxArgs: 1, Syntax: "base64decode(s)", Help: "The text behind base64."},
	{Name: "md5", MinArgs: 1, MaxArgs: 1, Syntax: "md5(s)", Help: "MD5 hash in hex."},
	{Name: "sha256", MinArgs: 1, MaxArgs: 1, Syntax: "sha256(s)", Help: "SHA-256 hash in hex."},
	{Name: "hexToAscii", MinArgs: 1, MaxArgs: 1, Syntax: "hexToAscii(s)", Help: "The text behind hex digits."},
	{Name: "hexToDec", MinArgs: 1, MaxArgs: 1, Syntax: "hexToDec(s)", Help: "The number behind hex digits, 0x in front or not."},
	{Name: "decToHex", MinArgs: 1, MaxArgs: 1, Syntax: "decToHex(n)", Help: "A whole number as hex with 0x in front."},

	// Aggregates
	{Name: "count", MinArgs: 0, MaxArgs: 1, Aggregate: true, Syntax: "count(*) or count(f)", Help: "Number of rows, or of rows that have the field."},
	{Name: "count_distinct", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "count_distinct(f)", Help: "Number of different values; approximate when there are many.", Alias: "countDistinct"},
	{Name: "sum", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "sum(f)", Help: "Sum of the numbers."},
	{Name: "avg", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "avg(f)", Help: "Average of the numbers."},
	{Name: "min", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "min(f)", Help: "Smallest value."},
	{Name: "max", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "max(f)", Help: "Largest value."},
	{Name: "pct", MinArgs: 2, MaxArgs: 2, Aggregate: true, Syntax: "pct(f, percent)", Help: "Percentile, such as pct(@duration, 95).", Alias: "percentile"},
	{Name: "median", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "median(f)", Help: "The same as pct(f, 50)."},
	{Name: "stddev", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "stddev(f)", Help: "Sample standard deviation."},
	{Name: "variance", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "variance(f)", Help: "Sample variance."},
	{Name: "earliest", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "earliest(f)", Help: "Value in the oldest event that has the field."},
	{Name: "latest", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "latest(f)", Help: "Value in the newest event that has the field."},
	{Name: "sortsFirst", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "sortsFirst(f)", Help: "Value that sorts first."},
	{Name: "sortsLast", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "sortsLast(f)", Help: "Value that sorts last."},
	{Name: "values", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "values(f)", Help: "List of the different values, in sort order.", Alias: "collect_values"},
	{Name: "topk", MinArgs: 2, MaxArgs: 2, Aggregate: true, Syntax: "topk(k, f)", Help: "List of the k most frequent values; not with by."},
	{Name: "rate", MinArgs: 2, MaxArgs: 2, Aggregate: true, Syntax: "rate(f, period)", Help: "How much a number changes per period, from the oldest to the newest event."},
	{Name: "countOverTime", MinArgs: 0, MaxArgs: 1, Aggregate: true, Syntax: "countOverTime(f)", Help: "Number of events that have the field; use with by bin(period).", Alias: "count_over_time"},
	{Name: "sumOverTime", MinArgs: 1, MaxArgs: 1, Aggregate: true, Syntax: "sumOverTime(f)", Help: "Sum of the numbers; use with by bin(period).", Alias: "sum_over_time"},
	{Name: "histogram", MinArgs: 2, MaxArgs: 2, Aggregate: true, Syntax: "histogram(f, buckets)", Help: "Map of equally wide ranges to how many numbers lie in them."},
}

var functionsByName = func() map[string]*Function {
	m := make(map[string]*Function)
	for _, f := range functions {
		m[strings.ToLower(f.Name)] = f
		if f.Alias != "" {
			m[strings.ToLower(f.Alias)] = f
		}
	}
	return m
}()

// Functions lists every function, in the order of the reference.
func Functions() []*Function { return slices.Clone(functions) }

func lookupFunction(name token) (*Function, error) {
	lower := strings.ToLower(name.text)
	if f, ok := functionsByName[lower]; ok {
		return f, nil
	}
	names := make([]string, len(functions))
	for i, f := range functions {
		names[i] = f.Name
	}
	return nil, errorAt(name.Span, "unknown function %q%s", name.text, didYouMean(name.text, names))
}

// takesPeriod says whether argument i of the function is a period.
func (f *Function) takesPeriod(i int) bool {
	switch f.Name {
	case "bin":
		return true
	case "datefloor", "dateceil", "rate":
		return i == 1
	}
	return false
}

// MaxList is the largest k of topk and the most buckets of histogram.
const MaxList = 1000

// check holds a call against its entry: the number of arguments, and those
// arguments that must be constants of a certain kind.
func (f *Function) check(c *Call) error {
	if n := len(c.Args); n < f.MinArgs || f.MaxArgs != many && n > f.MaxArgs {
		bound := ""
		if strings.Contains(f.Syntax, "…") && n > f.MinArgs {
			bound = fmt.Sprintf(" with at most %d", f.MaxArgs) // the syntax does not show it
		}
		return errorAt(c.Span, "%s has %d argument(s), expected %s%s", c.called(), n, strings.ReplaceAll(f.Syntax, f.Name+"(", c.called()+"("), bound)
	}
	for i, a := range c.Args {
		if _, isPeriod := a.(*Period); f.takesPeriod(i) && !isPeriod {
			return errorAt(a.Pos(), "%s is no period, expected one such as 30s, 5m, 1h or 1d in %s", a, f.Syntax)
		}
	}
	switch f.Name {
	case "pct":
		if p, ok := c.Args[1].(*Number); !ok || p.Value < 0 || p.Value > 100 {
			return errorAt(c.Args[1].Pos(), "%s is no percentile, expected a number from 0 to 100", c.Args[1])
		}
	case "topk", "histogram":
		arg := c.Args[0]
		if f.Name == "histogram" {
			arg = c.Args[1]
		}
		if n, ok := arg.(*Number); !ok || n.Value < 1 || n.Value > MaxList || n.Value != math.Trunc(n.Value) {
			return errorAt(arg.Pos(), "%s is no size for %s, expected a whole number from 1 to %d", arg, f.Name, MaxList)
		}
	case "formatDate", "parseDate":
		return f.checkDate(c)
	case "isIpInSubnet", "isIpv4InSubnet", "isIpv6InSubnet":
		s, ok := c.Args[1].(*String)
		if !ok {
			return errorAt(c.Args[1].Pos(), "%s is no subnet, expected a string such as \"10.0.0.0/8\"", c.Args[1])
		}
		prefix, err := netip.ParsePrefix(s.Value)
		if err != nil || f.Name == "isIpv4InSubnet" && !prefix.Addr().Is4() || f.Name == "isIpv6InSubnet" && prefix.Addr().Is4() {
			return errorAt(s.Span, "%s is not a valid subnet for %s", s, f.Name)
		}
	case "regexReplace":
		s, ok := c.Args[1].(*String)
		if !ok {
			return errorAt(c.Args[1].Pos(), "%s is no pattern, expected a string with a regular expression", c.Args[1])
		}
		if _, err := compileRegex(s.Span, s.Value); err != nil {
			return err
		}
	}
	return nil
}
