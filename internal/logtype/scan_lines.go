package logtype

import "strings"

// Lines of a known kind, whose fields are found by their position: VPC flow
// logs, Route 53 query logs, S3 server access logs, the execution log of API
// Gateway and the common log format of web servers. Where such a line has
// discovered fields, each of them is a hole of its own (or a few in a row), cut
// exactly where discovery cuts.

// LineKind says which fields the messages of a template have as lines of a known
// kind. They count only where no JSON was found: outside of Lambda's groups
// also beside a JSONFragment.
type LineKind uint8

const (
	LineNone      LineKind = iota // none
	LineFields                    // Template.LineFields, in every group
	LineExecution                 // Template.LineFields, in the groups of API Gateway only
	LineUnknown                   // they have to be read from each message
)

var (
	vpcNames = [...]string{"version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort", "protocol",
		"packets", "bytes", "startTime", "endTime", "action", "logStatus"}
	route53Names = [...]string{"version", "queryTimestamp", "hostZoneId", "queryName", "queryType", "responseCode",
		"protocol", "edgeLocation", "resolverIp", "ednsClientSubnet"}
	s3Names = [...]string{"bucketOwner", "bucket", "time", "remoteIp", "requester", "requestId", "operation", "key",
		"requestUri", "httpStatus", "errorCode", "bytesSent", "objectSize", "totalTime", "turnAroundTime", "referer",
		"userAgent", "versionId", "hostId", "signatureVersion", "cipherSuite", "authenticationType", "hostHeader",
		"tlsVersion", "accessPointArn", "aclRequired", "sourceRegion"}
	webNames = [...]string{"http.client", "http.ident", "http.user", "http.time", "http.request", "http.status",
		"http.bytes", "http.referer", "http.userAgent"}
)

// more names a hole that continues the field of the hole before it.
const more = "+"

const (
	s3Time     = 2
	s3Key      = 7
	s3URI      = 8
	s3Sent     = 11
	s3Referer  = 15
	s3Agent    = 16
	s3Required = 18 // fields of the oldest records
	webTime    = 3
	webRequest = 4
	maxWebHead = 320 // how far into a line of a web server the time may stand
	maxFields  = 64
	minLine    = 20 // shorter lines are of no kind
)

// line scans a message that is a line of a known kind and sets s.line. It has
// done nothing else when it answers false.
func (s *scanner) line() bool {
	s.kind = LineNone
	to := len(s.msg)
	for to > 0 && (s.msg[to-1] == '\n' || s.msg[to-1] == '\r') {
		to--
	}
	if to < minLine {
		return false
	}
	c := s.msg[0]
	if c == '(' {
		return s.execution(to)
	}
	// Where the third and the fourth field begin tells most lines apart.
	var at [webTime + 1]int
	n, head := 1, s.msg[:min(to, maxWebHead)]
	for n < len(at) {
		i := strings.IndexByte(head[at[n-1]:], ' ')
		if i < 0 {
			break
		}
		at[n] = at[n-1] + i + 1
		n++
	}
	begins := func(field int, what byte) bool { return n > field && at[field] < to && s.msg[at[field]] == what }
	done := false
	switch {
	case class[c] == digit && begins(2, 'e') && s.vpc(to), class[c] == digit && strings.HasPrefix(s.msg, "1.0 ") && s.route53(to):
		s.kind, done = LineFields, true
	case begins(webTime, '['):
		if class[c] == digit {
			s.kind = LineUnknown // it may be of API Gateway
		}
		done = s.web(to, at[webTime])
	case begins(s3Time, '[') && s.s3(to):
		s.kind, done = LineFields, true
	case n < len(at) && to > maxWebHead:
		s.kind = LineUnknown // fields of this length are not looked at
	}
	if done && strings.IndexByte(s.msg, '{') >= 0 {
		s.json = JSONUnknown // nobody has looked
	}
	return done
}

// words emits the fields of a line that blanks part, when there are as many as
// names and ok takes them.
func (s *scanner) words(to int, names []string, ok func(f []string) bool) bool {
	f := strings.Split(s.msg[:to], " ")
	if len(f) != len(names) || !ok(f) {
		return false
	}
	i := 0
	for k, v := range f {
		s.hole(holeField, i, i+len(v))
		s.name(names[k])
		i += len(v) + 1
	}
	return true
}

func digits(s string) bool {
	for i := range len(s) {
		if class[s[i]] != digit {
			return false
		}
	}
	return true
}

func (s *scanner) vpc(to int) bool {
	return s.words(to, vpcNames[:], func(f []string) bool {
		return digits(f[0]) && strings.HasPrefix(f[2], "eni-") && (f[13] == "OK" || f[13] == "NODATA" || f[13] == "SKIPDATA")
	})
}

func (s *scanner) route53(to int) bool {
	return s.words(to, route53Names[:], func(f []string) bool {
		return f[0] == "1.0" && len(f[1]) >= 20 && f[1][4] == '-' && f[1][10] == 'T'
	})
}

// execution scans a line of API Gateway's execution log: a request id in
// parentheses and a sentence, some of which hold fields.
func (s *scanner) execution(to int) bool {
	id, text, ok := strings.Cut(s.msg[1:to], ") ")
	if !ok || id == "" || strings.ContainsAny(id, " ()") {
		return false
	}
	if from, _ := s.find(); from >= 0 {
		s.kind = LineUnknown
		return false
	}
	s.kind = LineExecution
	at := 0
	field := func(name string, from, to int) {
		s.text(at, from)
		class := byte(holeField)
		if _, ok := parseUUID(s.msg[from:to]); ok {
			class = holeUUID
		}
		s.hole(class, from, to)
		s.name(name)
		at = to
	}
	field("requestId", 1, 1+len(id))
	begin := to - len(text)
	after := func(prefix string) (int, bool) {
		_, ok := strings.CutPrefix(text, prefix)
		return begin + len(prefix), ok
	}
	if from, ok := after("Method completed with status: "); ok {
		field("status", from, to)
	} else if from, ok := after("Received response. Status: "); ok {
		if status, latency, ok := strings.Cut(s.msg[from:to], ", Integration latency: "); ok {
			field("integrationStatus", from, from+len(status))
			field("integrationLatency", to-len(latency), to-len(latency)+len(strings.TrimSuffix(latency, " ms")))
		}
	} else if from, ok := after("HTTP Method: "); ok {
		if method, path, ok := strings.Cut(s.msg[from:to], ", Resource Path: "); ok {
			field("httpMethod", from, from+len(method))
			field("resourcePath", to-len(path), to)
		}
	}
	s.text(at, len(s.msg))
	return true
}

// s3 scans a record of S3's server access log.
func (s *scanner) s3(to int) bool {
	msg := s.msg[:to]
	var from, end [len(s3Names)]int
	n, i := 0, 0
	for n < len(s3Names) && i < to {
		switch {
		case n == s3Time:
			if msg[i] != '[' {
				return false
			}
			k := strings.IndexByte(msg[i:], ']')
			if k < 0 || i+k+1 < to && msg[i+k+1] != ' ' {
				return false
			}
			from[n], end[n] = i+1, i+k
			i += k + 2
		case msg[i] == '"' && (n == s3URI || n == s3Referer || n == s3Agent):
			k := quoteEnd(msg[i:], n)
			if k < 0 {
				return false
			}
			from[n], end[n] = i+1, i+k
			if i += k + 1; i < to && msg[i] == ' ' {
				i++
			}
		default:
			k := strings.IndexByte(msg[i:], ' ')
			if k < 0 {
				k = to - i
			}
			from[n], end[n] = i, i+k
			i += k + 1
		}
		n++
	}
	if n < s3Required {
		return false
	}
	at := msg[from[s3Time]:end[s3Time]]
	if len(at) != 26 || at[2] != '/' || at[6] != '/' || at[11] != ':' || at[20] != ' ' || at[21] != '+' && at[21] != '-' ||
		strings.IndexByte(msg[from[6]:end[6]], '.') < 0 {
		return false
	}
	key := -1
	for k := range n {
		switch k {
		case s3Time:
			s.webMoment(from[k], end[k])
		case s3URI:
			s.request(from[k], end[k], key)
			continue
		default:
			s.hole(holeField, from[k], end[k])
			if k == s3Key && end[k]-from[k] > 1 {
				key = len(s.holes) - 1
			}
		}
		s.fieldName(s3Names[k])
	}
	if i < to {
		s.hole(holeField, i, to)
	}
	return true
}

// fieldName names the hole that begins the field last emitted.
func (s *scanner) fieldName(name string) {
	if !s.named {
		return
	}
	k := len(s.names) - 1
	for s.names[k] == more {
		k--
	}
	s.names[k] = name
}

// webMoment emits 06/Feb/2019:00:00:38 +0000: the moment and the zone, or all as
// it stands.
func (s *scanner) webMoment(from, to int) {
	if l, v, n := parseTime(s.msg[from:to]); n > 0 && l.date() == dateCLF && from+n < to {
		s.moment(l, v, from, from+n)
		s.hole(holeField, from+n, to)
		s.name(more)
		return
	}
	s.hole(holeField, from, to)
}

// quoteEnd is the place of the quote that ends quoted field i of an S3 record
// at the start of s. Quotes inside are not escaped: the field ends at a quote
// before a blank behind which a field of the right form follows.
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
		case s3URI: // an HTTP status or a dash follows
			word, _, _ := strings.Cut(next, " ")
			if word == "-" || len(word) == 3 && digits(word) {
				return at
			}
		case s3Referer: // the agent follows, quoted or a dash
			if strings.HasPrefix(next, `"`) || next == "-" || strings.HasPrefix(next, "- ") {
				return at
			}
		default: // the version id follows, and no more quotes
			if strings.IndexByte(next, '"') < 0 {
				return at
			}
		}
	}
	return -1
}

// request cuts the request line msg[from:to]: method, path, protocol. A path
// that repeats the key is not kept twice.
func (s *scanner) request(from, to, key int) {
	line := s.msg[from:to]
	a := strings.IndexByte(line, ' ')
	b := strings.LastIndexByte(line, ' ')
	if a < 1 || b <= a+1 || line[a+1] != '/' {
		s.hole(holeField, from, to)
		s.name("requestUri")
		return
	}
	s.hole(holeField, from, from+a)
	s.name("requestUri")
	if key >= 0 && s.msg[from+a+2:from+b] == s.msg[s.holes[key].from:s.holes[key].to] {
		s.hole(holeCopy, from+a+2, from+b)
		k := key - s.base
		s.skel = append(s.skel, byte(k>>8), byte(k))
	} else {
		s.hole(holeField, from+a+2, from+b)
	}
	s.name(more)
	s.hole(holeField, from+b+1, to)
	s.name(more)
}

// web scans a line in the common log format, the time of which begins at open.
func (s *scanner) web(to, open int) bool {
	msg := s.msg[:to]
	if l, _, n := parseTime(msg[open+1:]); n == 0 || l.date() != dateCLF || strings.IndexByte(msg[:open], '"') >= 0 {
		return false
	}
	end := strings.IndexByte(msg[open:], ']')
	if end < 0 || end > 32 {
		return false
	}
	i := 0
	for field := 0; field < maxFields && i < to; field++ {
		switch {
		case field == webTime:
			s.webMoment(open+1, open+end)
			i = open + end + 1
		case msg[i] == '"':
			k := quotedEnd(msg, i)
			if field == webRequest {
				s.request(i+1, k-1, -1)
			} else {
				s.hole(holeField, i+1, k-1)
			}
			i = k
		default:
			k := strings.IndexByte(msg[i:], ' ')
			if k < 0 {
				k = to - i
			}
			s.hole(holeField, i, i+k)
			i += k
		}
		if field < len(webNames) {
			s.fieldName(webNames[field])
		}
		if i >= to || msg[i] != ' ' {
			break
		}
		i++
	}
	if i < to {
		s.hole(holeField, i, to)
	}
	return true
}

// quotedEnd is the index after the quoted field at i of a web server's line: it
// ends at a quote before a blank or the end, or with the line.
func quotedEnd(s string, i int) int {
	for k := i + 1; k < len(s); k++ {
		if s[k] == '"' && (k+1 == len(s) || s[k+1] == ' ') {
			return k + 1
		}
	}
	return len(s) + 1
}
