package awswire

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	sigAlgorithm = "AWS4-HMAC-SHA256"
	sigTime      = "20060102T150405Z"
	// maxSkew is how far a signature's clock may be from ours.
	maxSkew = 5 * time.Minute
	// maxExpires is the longest life of a presigned request: a week.
	maxExpires = 7 * 24 * 60 * 60
)

// signature is a SigV4 signature as claimed by a request.
type signature struct {
	accessKey, date, region, service string // the credential scope
	signedHeaders                    []string
	signature                        string // hex
	presigned                        bool
	expires                          int // seconds; presigned only
	token                            string
	amzDate                          string // X-Amz-Date, or "" when only Date is given
}

func incomplete(format string, args ...any) *Error {
	return Errorf("IncompleteSignatureException", format, args...)
}

func unknownKey() *Error {
	return Errorf("UnrecognizedClientException", "The security token included in the request is invalid.")
}

// parseSignature returns the signature of a request, nil when it is unsigned,
// and an error when it is not well formed.
func parseSignature(r *http.Request) (*signature, error) {
	if h := r.Header.Get("Authorization"); strings.HasPrefix(h, "AWS4-") {
		return parseAuthorization(h, r.Header)
	}
	if strings.Contains(r.URL.RawQuery, "X-Amz-Signature=") || strings.Contains(r.URL.RawQuery, "X-Amz-Algorithm=") {
		return parsePresigned(r.URL.RawQuery)
	}
	return nil, nil
}

// parseAuthorization reads
// "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".
func parseAuthorization(h string, header http.Header) (*signature, error) {
	algorithm, rest, _ := strings.Cut(h, " ")
	if algorithm != sigAlgorithm {
		return nil, incomplete("Unsupported AWS 'algorithm': %s. %s is supported.", quote(algorithm), sigAlgorithm)
	}
	s := &signature{token: header.Get("X-Amz-Security-Token"), amzDate: header.Get("X-Amz-Date")}
	var credential, signed string
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return nil, incomplete("Invalid key=value pair (missing equal-sign) in Authorization header: %s.", quote(part))
		}
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			signed = value
		case "Signature":
			s.signature = value
		}
	}
	for _, p := range []struct{ name, value string }{{"Credential", credential}, {"SignedHeaders", signed}, {"Signature", s.signature}} {
		if p.value == "" {
			return nil, incomplete("Authorization header requires '%s' parameter.", p.name)
		}
	}
	return s, s.setScope(credential, signed)
}

func parsePresigned(rawQuery string) (*signature, error) {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, incomplete("The query string is malformed.")
	}
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"} {
		if q.Get(name) == "" {
			return nil, incomplete("AWS query-string parameters must include '%s'.", name)
		}
	}
	if a := q.Get("X-Amz-Algorithm"); a != sigAlgorithm {
		return nil, incomplete("Unsupported AWS 'algorithm': %s. %s is supported.", quote(a), sigAlgorithm)
	}
	s := &signature{
		presigned: true,
		signature: q.Get("X-Amz-Signature"),
		token:     q.Get("X-Amz-Security-Token"),
		amzDate:   q.Get("X-Amz-Date"),
		expires:   15 * 60, // what services assume that do not ask for it
	}
	if e := q.Get("X-Amz-Expires"); e != "" {
		if s.expires, err = strconv.Atoi(e); err != nil || s.expires < 1 || s.expires > maxExpires {
			return nil, incomplete("X-Amz-Expires is %s, want a number of seconds from 1 to %d.", quote(e), maxExpires)
		}
	}
	return s, s.setScope(q.Get("X-Amz-Credential"), q.Get("X-Amz-SignedHeaders"))
}

// setScope reads AKID/yyyymmdd/region/service/aws4_request and a;b;c.
func (s *signature) setScope(credential, signed string) error {
	parts := strings.Split(credential, "/")
	n := len(parts)
	if n < 5 || parts[n-1] != "aws4_request" {
		return incomplete("Credential must have at least 5 slash-delimited elements and end in 'aws4_request', got %s.", quote(credential))
	}
	s.accessKey = strings.Join(parts[:n-4], "/")
	s.date, s.region, s.service = parts[n-4], parts[n-3], parts[n-2]
	if !validRegion(s.region) {
		s.region = ""
		return incomplete("Credential should be scoped to a valid region, not %s.", quote(parts[n-3]))
	}
	s.signedHeaders = strings.Split(strings.ToLower(signed), ";")
	return nil
}

// verify checks the signature over the request with the body as sent.
func (m *Mux) verify(s *signature, key Key, r *http.Request, body []byte) error {
	if subtle.ConstantTimeCompare([]byte(key.SessionToken), []byte(s.token)) != 1 {
		return unknownKey()
	}
	if !m.signing[s.service] {
		return invalidSignature("Credential should be scoped to correct service, not %s.", quote(s.service))
	}
	if !slices.Contains(s.signedHeaders, "host") {
		return invalidSignature("'Host' must be a 'SignedHeader' in the AWS Authorization.")
	}
	if r.Header.Get("X-Amz-Target") != "" && !slices.Contains(s.signedHeaders, "x-amz-target") {
		// It names the operation: unsigned, it could be exchanged.
		return invalidSignature("'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.")
	}
	when, err := s.time(r.Header)
	if err != nil {
		return err
	}
	if err := s.checkTime(when, m.opts.Auth.Now()); err != nil {
		return err
	}

	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if h := r.Header.Get("X-Amz-Content-Sha256"); h != "" && !strings.EqualFold(h, hash) {
		return invalidSignature("The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	stamp := when.UTC().Format(sigTime)
	canonical := canonicalRequest(r, s, hash)
	want := sign(key.Secret, s, stamp, canonical)
	if subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(s.signature))) != 1 {
		return invalidSignature("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

func invalidSignature(format string, args ...any) *Error {
	return Errorf("InvalidSignatureException", format, args...)
}

// time returns when the request was signed.
func (s *signature) time(h http.Header) (time.Time, error) {
	t, err := time.Parse(sigTime, s.amzDate)
	if s.amzDate == "" {
		date := h.Get("Date")
		if date == "" {
			return t, incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
		}
		if t, err = http.ParseTime(date); err != nil {
			t, err = time.Parse(sigTime, date)
		}
	}
	if err != nil {
		return t, incomplete("Date must be in ISO-8601 'basic format'. Got %s.", quote(s.amzDate))
	}
	if day := t.UTC().Format("20060102"); day != s.date {
		return t, invalidSignature("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: %s != %s.", quote(s.date), quote(day))
	}
	return t, nil
}

func (s *signature) checkTime(when, now time.Time) error {
	late := maxSkew
	if s.presigned {
		late = time.Duration(s.expires) * time.Second
	}
	expired := func(format string, limit time.Time) error {
		e := invalidSignature(format, when.UTC().Format(sigTime), limit.UTC().Format(sigTime), now.UTC().Format(sigTime))
		e.query, e.queryStatus = "RequestExpired", http.StatusBadRequest
		return e
	}
	if now.Sub(when) > late {
		return expired("Signature expired: %s is now earlier than %s (%s - "+late.String()+")", now.Add(-late))
	}
	if when.Sub(now) > maxSkew {
		return expired("Signature not yet current: %s is still later than %s (%s + 5 min.)", now.Add(maxSkew))
	}
	return nil
}

// canonicalRequest returns the text that was hashed and signed.
func canonicalRequest(r *http.Request, s *signature, bodyHash string) string {
	var b strings.Builder
	b.WriteString(r.Method)
	b.WriteByte('\n')
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	b.WriteString(escapeSig(path, true)) // escaped a second time
	b.WriteByte('\n')
	b.WriteString(canonicalQuery(r.URL.RawQuery))
	b.WriteByte('\n')
	for _, name := range s.signedHeaders {
		b.WriteString(name)
		b.WriteByte(':')
		b.WriteString(headerValue(r, name))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.WriteString(strings.Join(s.signedHeaders, ";"))
	b.WriteByte('\n')
	b.WriteString(bodyHash)
	return b.String()
}

// headerValue returns a header as it is signed: values joined by commas,
// trimmed, inner blanks squeezed. net/http keeps some headers elsewhere.
func headerValue(r *http.Request, name string) string {
	var values []string
	switch name {
	case "host":
		values = []string{r.Host}
	case "content-length":
		if values = r.Header.Values(name); len(values) == 0 && r.ContentLength >= 0 {
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		}
	case "transfer-encoding":
		values = r.TransferEncoding
	default:
		values = r.Header.Values(name)
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(out, ",")
}

// canonicalQuery sorts and escapes the query string, without the signature.
func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	type pair struct{ name, value string }
	var pairs []pair
	for p := range strings.SplitSeq(raw, "&") {
		if p == "" {
			continue
		}
		name, value, _ := strings.Cut(p, "=")
		if n, err := url.QueryUnescape(name); err == nil {
			name = n
		}
		if v, err := url.QueryUnescape(value); err == nil {
			value = v
		}
		if name == "X-Amz-Signature" {
			continue
		}
		pairs = append(pairs, pair{escapeSig(name, false), escapeSig(value, false)})
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name)
		b.WriteByte('=')
		b.WriteString(p.value)
	}
	return b.String()
}

// escapeSig percent-escapes everything but A-Z a-z 0-9 - . _ ~, and the slash
// in paths.
func escapeSig(s string, path bool) string {
	const upperHex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~', c == '/' && path:
			b = append(b, c)
		default:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return string(b)
}

// sign returns the signature in lower-case hex.
func sign(secret string, s *signature, stamp, canonical string) string {
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	key := mac([]byte("AWS4"+secret), s.date)
	key = mac(key, s.region)
	key = mac(key, s.service)
	key = mac(key, "aws4_request")
	sum := sha256.Sum256([]byte(canonical))
	text := sigAlgorithm + "\n" + stamp + "\n" + s.date + "/" + s.region + "/" + s.service + "/aws4_request\n" + hex.EncodeToString(sum[:])
	return hex.EncodeToString(mac(key, text))
}
