package logtype

import "testing"

// For tests that hold templates against rooms above this one.
var (
	RoundTrip = roundTrip
	Vary      = vary
	Lines     = lines

	// CheckFields is set by fields_test.go, which stands outside.
	CheckFields func(t testing.TB, b *Block, refs []int64, msgs []string) (known int)
)
