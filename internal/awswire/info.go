package awswire

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net"
	"net/http"
	"strings"

	"skywatch/internal/scope"
)

// Protocol is a wire protocol.
type Protocol uint8

const (
	JSON  Protocol = iota + 1 // AWS JSON 1.0 or 1.1
	Query                     // form or query string in, XML out
	CBOR                      // Smithy RPC v2 CBOR
)

// String returns "json", "query" or "cbor".
func (p Protocol) String() string {
	switch p {
	case JSON:
		return "json"
	case Query:
		return "query"
	case CBOR:
		return "cbor"
	}
	return "unknown"
}

// RequestInfo is what the wire layer knows of the request being handled.
type RequestInfo struct {
	RequestID   string // a UUID; also on the answer
	Scope       scope.Scope
	AccessKeyID string // as claimed; verified when Authenticated
	// Authenticated says that a signature or session was verified.
	Authenticated bool
	Service       string // Service.Name
	Operation     string
	Protocol      Protocol
	SourceIP      string // of the TCP connection
	// NoRowLimit says that the request carries RowLimitHeader.
	NoRowLimit bool
}

type infoKey struct{}

// Info returns what is known of the request of ctx, the zero RequestInfo when
// ctx belongs to none.
func Info(ctx context.Context) RequestInfo {
	if i, ok := ctx.Value(infoKey{}).(*RequestInfo); ok {
		return *i
	}
	return RequestInfo{}
}

// WithInfo returns a context that carries info, for calls to handlers that do
// not come over the wire, and for tests.
func WithInfo(ctx context.Context, info RequestInfo) context.Context {
	return context.WithValue(ctx, infoKey{}, &info)
}

// ScopeHeader is the header by which unsigned requests (those of the web UI)
// choose whose data they mean: "<account>/<region>".
const ScopeHeader = "X-Skywatch-Scope"

// RowLimitHeader with the value RowLimitNone, on StartQuery, lifts the API's
// limit on a query's rows. A server that knows it gives it back on the answer.
const (
	RowLimitHeader = "X-Skywatch-Row-Limit"
	RowLimitNone   = "none"
)

// SkippedHeader is on answers of GetLogEvents, FilterLogEvents and
// GetQueryResults from which events are missing because their place on disk is
// damaged: how many at most, in decimal, 0 when nobody knows. An answer without
// it is whole. The numbers of a search's pages can be added up.
const SkippedHeader = "X-Skywatch-Records-Skipped"

// ParseScope reads the value of ScopeHeader.
func ParseScope(s string) (scope.Scope, bool) {
	account, region, ok := strings.Cut(strings.TrimSpace(s), "/")
	if !ok || len(account) != 12 || strings.Trim(account, "0123456789") != "" || !validRegion(region) {
		return scope.Scope{}, false
	}
	return scope.Scope{Account: account, Region: region}, true
}

// validRegion accepts any name of the form of a Region, known or not: letters,
// digits and hyphens. Regions are part of keys on disk.
func validRegion(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// newRequestID returns a random UUID.
func newRequestID() string {
	var u [16]byte
	rand.Read(u[:]) // never fails
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	var b [36]byte
	hex.Encode(b[0:8], u[0:4])
	b[8] = '-'
	hex.Encode(b[9:13], u[4:6])
	b[13] = '-'
	hex.Encode(b[14:18], u[6:8])
	b[18] = '-'
	hex.Encode(b[19:23], u[8:10])
	b[23] = '-'
	hex.Encode(b[24:36], u[10:16])
	return string(b[:])
}

func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
