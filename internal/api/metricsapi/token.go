package metricsapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/cespare/xxhash/v2"
)

// tokenPrefix is in front of the JSON of a token and names its format.
const tokenPrefix = "m1"

// sealToken writes a NextToken. It holds all that the next page needs, so the
// server keeps nothing between pages and a restart breaks no paging. Its
// content is not secret and is checked like any other input when it returns.
func sealToken(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("metricsapi: token %T cannot be written: %v", v, err))
	}
	return base64.RawURLEncoding.EncodeToString(append([]byte(tokenPrefix), b...))
}

// openToken reads a NextToken into v and reports whether it is one.
func openToken(s string, v any) bool {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < len(tokenPrefix) || string(b[:len(tokenPrefix)]) != tokenPrefix {
		return false
	}
	return json.Unmarshal(b[len(tokenPrefix):], v) == nil
}

// fingerprint returns a hash of the parameters that must not change from page
// to page.
func fingerprint(parts ...any) uint64 {
	b, err := json.Marshal(parts)
	if err != nil {
		panic(fmt.Sprintf("metricsapi: parameters cannot be hashed: %v", err))
	}
	return xxhash.Sum64(b)
}
