package logtype

import "strings"

// Access logs: fields parted by blanks, where brackets and quotes hold blanks.
// S3's server access log and the common log format of web servers are both of
// this kind; they differ in the place of the time.

// s3Fields are the fields of an S3 server access log record; the request is
// cut into method, path and protocol.
var s3Fields = [...]string{"s3.bucketOwner", "s3.bucket", "s3.time", "s3.remoteIP", "s3.requester", "s3.requestId",
	"s3.operation", "s3.key", "s3.requestURI", "s3.status", "s3.errorCode", "s3.bytesSent", "s3.objectSize",
	"s3.totalTime", "s3.turnAroundTime", "s3.referer", "s3.userAgent", "s3.versionId", "s3.hostId",
	"s3.signatureVersion", "s3.cipherSuite", "s3.authenticationType", "s3.hostHeader", "s3.tlsVersion",
	"s3.accessPointARN", "s3.aclRequired", "s3.sourceRegion"}

var webFields = [...]string{"http.client", "http.ident", "http.user", "http.time", "http.request", "http.status",
	"http.bytes", "http.referer", "http.userAgent"}

const (
	s3TimeField  = 2
	webTimeField = 3
	s3KeyField   = 7
	// maxAccessHead is how far into a line the bracket of the time may stand.
	maxAccessHead   = 320
	maxAccessFields = 64
)

// access scans msg as a line of an access log. It has done nothing when it
// answers false.
func (s *scanner) access() bool {
	msg := s.msg
	if len(msg) < 40 || class[msg[0]]&(alpha|digit|minus) == 0 && msg[0] != ':' {
		return false
	}
	open := strings.IndexByte(msg[:min(len(msg), maxAccessHead)], '[')
	if open < 5 || msg[open-1] != ' ' || open+22 > len(msg) || msg[open+3] != '/' {
		return false
	}
	l, _, n := parseTime(msg[open+1:])
	if n == 0 || l.date() != dateCLF {
		return false
	}
	before := strings.Count(msg[:open], " ")
	names := webFields[:]
	switch before {
	case s3TimeField:
		names = s3Fields[:]
	case webTimeField:
	default:
		return false
	}
	// Nothing that is static below may hold a NUL: it is blanks, quotes and
	// brackets only.
	skel, holes, nnames := len(s.skel), len(s.holes), len(s.names)
	key := -1
	i, field := 0, 0
	for i < len(msg) && field < maxAccessFields {
		name := ""
		if field < len(names) {
			name = names[field]
		}
		switch {
		case field == before:
			l, v, n := parseTime(msg[open+1:])
			s.moment(l, v, open+1, open+1+n)
			s.name(name)
			i = open + 1 + n
			end := strings.IndexByte(msg[i:], ']')
			if end < 0 || end > 8 {
				s.undo(holes, nnames, skel, 0)
				return false
			}
			s.hole(holeField, i, i+end) // the zone
			i += end + 1
		case msg[i] == '"':
			end := quotedEnd(msg, i)
			if field == before+1 || name == "s3.requestURI" {
				s.request(i+1, end-1, key, name)
			} else {
				s.hole(holeField, i+1, end-1)
				s.name(name)
			}
			i = end
		default:
			end := strings.IndexByte(msg[i:], ' ')
			if end < 0 {
				end = len(msg) - i
			}
			if nl := strings.IndexByte(msg[i:i+end], '\n'); nl >= 0 && i+nl == len(msg)-1 {
				end = nl // the newline that ends the record is static
			}
			s.hole(holeField, i, i+end)
			s.name(name)
			if field == s3KeyField && before == s3TimeField && end > 1 {
				key = len(s.holes) - 1
			}
			i += end
		}
		field++
		if i < len(msg) && msg[i] == ' ' {
			i++
		} else {
			break
		}
	}
	if i < len(msg) && msg[i:] != "\n" {
		s.hole(holeField, i, len(msg))
	}
	if strings.IndexByte(msg, '{') >= 0 {
		s.json = JSONUnknown // nobody has looked
	}
	return true
}

// quotedEnd is the index after the quoted field at i. Quotes inside are not
// escaped, so the field ends at a quote that a blank or the end follows; when
// there is none it ends with the message.
func quotedEnd(s string, i int) int {
	for k := i + 1; k < len(s); k++ {
		if s[k] == '"' && (k+1 == len(s) || s[k+1] == ' ' || s[k+1] == '\n') {
			return k + 1
		}
	}
	return len(s) + 1
}

// request cuts the request line msg[from:to]: method, path, protocol. A path
// that repeats the key is not kept twice.
func (s *scanner) request(from, to, key int, name string) {
	to = min(to, len(s.msg))
	line := s.msg[from:to]
	a := strings.IndexByte(line, ' ')
	b := strings.LastIndexByte(line, ' ')
	if a < 1 || b <= a+1 || line[a+1] != '/' {
		s.hole(holeField, from, to)
		s.name(name)
		return
	}
	s.hole(holeField, from, from+a)
	s.name(name + ".method")
	path := s.msg[from+a+2 : from+b]
	if key >= 0 && path == s.msg[s.holes[key].from:s.holes[key].to] {
		s.hole(holeCopy, from+a+2, from+b)
		k := key - s.base
		s.skel = append(s.skel, byte(k>>8), byte(k))
	} else {
		s.hole(holeField, from+a+2, from+b)
	}
	s.name(name + ".path")
	s.hole(holeField, from+b+1, to)
	s.name(name + ".protocol")
}
