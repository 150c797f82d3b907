package logexec

import (
	"regexp"
	"strings"
)

// Lines that are no JSON but of a known kind have fields by position. A "-" is
// a missing field, but for the bytes an S3 request sent, which are 0. The names
// are AWS's own for VPC flow and Route 53 logs and those of its JSON template for
// API Gateway; S3 gives none, so they follow the words of its user guide.
var (
	vpcFields = [...]string{"version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort", "protocol",
		"packets", "bytes", "startTime", "endTime", "action", "logStatus"}
	route53Fields = [...]string{"version", "queryTimestamp", "hostZoneId", "queryName", "queryType", "responseCode", "protocol",
		"edgeLocation", "resolverIp", "ednsClientSubnet"}
	s3Fields = [...]string{"bucketOwner", "bucket", "time", "remoteIp", "requester", "requestId", "operation", "key", "requestUri",
		"httpStatus", "errorCode", "bytesSent", "objectSize", "totalTime", "turnAroundTime", "referer", "userAgent", "versionId",
		"hostId", "signatureVersion", "cipherSuite", "authenticationType", "hostHeader", "tlsVersion", "accessPointArn", "aclRequired", "sourceRegion"}
	apiFields = [...]string{"ip", "caller", "user", "requestTime", "httpMethod", "resourcePath", "protocol", "status",
		"responseLength", "requestId", "extendedRequestId"}
)

// lineFields reports the fields of a line, in the order of its kind; none for
// other lines.
func lineFields(msg, group string, field func(name, val string)) {
	msg = strings.TrimRight(msg, "\r\n")
	if len(msg) < 20 {
		return
	}
	if c := msg[0]; c >= '0' && c <= '9' && (vpcLine(msg, field) || route53Line(msg, field) || apiLine(msg, field)) {
		return
	}
	if msg[0] == '(' {
		apiExecution(msg, group, field)
		return
	}
	s3Line(msg, field)
}

func vpcLine(msg string, field func(name, val string)) bool {
	if strings.Count(msg, " ") != len(vpcFields)-1 { // as most lines that begin with a digit
		return false
	}
	f := strings.Split(msg, " ")
	if digitRun(f[0]) != len(f[0]) || !strings.HasPrefix(f[2], "eni-") {
		return false
	}
	switch f[13] {
	case "OK", "NODATA", "SKIPDATA":
	default:
		return false
	}
	report(vpcFields[:], f, field)
	return true
}

func route53Line(msg string, field func(name, val string)) bool {
	if !strings.HasPrefix(msg, "1.0 ") || strings.Count(msg, " ") != len(route53Fields)-1 {
		return false
	}
	f := strings.Split(msg, " ")
	if len(f[1]) < 20 || f[1][4] != '-' || f[1][10] != 'T' {
		return false
	}
	report(route53Fields[:], f, field)
	return true
}

func report(names, vals []string, field func(name, val string)) {
	for i, v := range vals {
		if v != "-" && v != "" {
			field(names[i], v)
		}
	}
}

// clf is API Gateway's common log format, of REST and of HTTP APIs.
var clf = regexp.MustCompile(`^([0-9a-fA-F.:]+) (\S+) (\S+) \[([^\]]+)\] ?"(\S+) (.+) (\S+)" (\d{3}|-) (\d+|-) (\S+) (\S+)$`)

func apiLine(msg string, field func(name, val string)) bool {
	if !clfEnd(msg) {
		return false
	}
	m := clf.FindStringSubmatch(msg)
	if m == nil {
		return false
	}
	report(apiFields[:], m[1:], field)
	return true
}

// clfEnd says whether the last four words of a line may be those of clf, which
// takes some ten microseconds to see that they are not: most lines of web
// servers go on with a referer and a browser.
func clfEnd(msg string) bool {
	var word string
	for back := 1; back <= 4; back++ {
		at := strings.LastIndexByte(msg, ' ')
		if at < 0 {
			return false
		}
		msg, word = msg[:at], msg[at+1:]
		switch {
		case back < 3 || word == "-":
		case back == 4 && len(word) != 3 || strings.Trim(word, "0123456789") != "":
			return false
		}
	}
	return strings.HasSuffix(msg, `"`)
}

// apiExecution reads the execution log of API Gateway: lines begin with the
// request's id in parentheses, and some hold a status or a latency.
func apiExecution(msg, group string, field func(name, val string)) {
	if !executionGroup(group) {
		return
	}
	id, text, ok := strings.Cut(msg[1:], ") ")
	if !ok || id == "" || strings.ContainsAny(id, " ()") {
		return
	}
	field("requestId", id)
	if s, ok := strings.CutPrefix(text, "Method completed with status: "); ok {
		field("status", s)
	}
	if s, ok := strings.CutPrefix(text, "Received response. Status: "); ok {
		if status, latency, ok := strings.Cut(s, ", Integration latency: "); ok {
			field("integrationStatus", status)
			field("integrationLatency", strings.TrimSuffix(latency, " ms"))
		}
	}
	if s, ok := strings.CutPrefix(text, "HTTP Method: "); ok {
		if method, path, ok := strings.Cut(s, ", Resource Path: "); ok {
			field("httpMethod", method)
			field("resourcePath", path)
		}
	}
}

// executionGroup says whether a group holds execution logs of API Gateway.
func executionGroup(group string) bool {
	return strings.HasPrefix(group, "API-Gateway-Execution-Logs_") || strings.HasPrefix(group, "/aws/apigateway/")
}

// s3Required is how many fields the oldest access logs have.
const s3Required = 18

// s3Line reads an S3 server access log record. The time stands in brackets; the
// request, the referer and the agent stand in quotes, and may hold unescaped
// quotes: a quoted field ends at a quote before a blank behind which a field of
// the right form follows.
func s3Line(msg string, field func(name, val string)) bool {
	f := make([]string, 0, len(s3Fields))
	rest := msg
	for len(f) < len(s3Fields) && rest != "" {
		end := -1
		switch i := len(f); {
		case i == 2:
			if rest[0] != '[' {
				return false
			}
			if end = strings.IndexByte(rest, ']'); end < 0 {
				return false
			}
			f = append(f, rest[1:end])
			rest = rest[end+1:]
			if rest != "" && rest[0] != ' ' {
				return false
			}
			rest = strings.TrimPrefix(rest, " ")
			continue
		case rest[0] == '"' && (i == 8 || i == 15 || i == 16):
			if end = quoteEnd(rest, i); end < 0 {
				return false
			}
			f = append(f, rest[1:end])
			rest = strings.TrimPrefix(rest[end+1:], " ")
			continue
		}
		if end = strings.IndexByte(rest, ' '); end < 0 {
			f, rest = append(f, rest), ""
			break
		}
		f, rest = append(f, rest[:end]), rest[end+1:]
	}
	if len(f) < s3Required || !s3Time(f[2]) || !strings.Contains(f[6], ".") {
		return false
	}
	if f[11] == "-" {
		f[11] = "0"
	}
	report(s3Fields[:], f, field)
	return true
}

// quoteEnd is the place of the quote that ends the quoted field i.
func quoteEnd(s string, i int) int {
	for at := 1; at < len(s); at++ {
		if s[at] != '"' || at+1 < len(s) && s[at+1] != ' ' {
			continue
		}
		if at+1 == len(s) {
			return at
		}
		next := s[at+2:]
		switch i {
		case 8: // an HTTP status or a dash follows
			word, _, _ := strings.Cut(next, " ")
			if word == "-" || len(word) == 3 && digitRun(word) == 3 {
				return at
			}
		case 15: // the agent follows, quoted or a dash
			if strings.HasPrefix(next, `"`) || next == "-" || strings.HasPrefix(next, "- ") {
				return at
			}
		default:
			// The version id follows: no quote may stand before the last
			// possible end, or it would belong to the agent.
			if strings.IndexByte(next, '"') < 0 {
				return at
			}
		}
	}
	return -1
}

// s3Time holds the time against 06/Feb/2019:00:00:38 +0000.
func s3Time(s string) bool {
	return len(s) == 26 && s[2] == '/' && s[6] == '/' && s[11] == ':' && s[20] == ' ' && (s[21] == '+' || s[21] == '-')
}
