package server

import (
	"math"
	"os"
	"runtime/debug"
)

// defaultMemoryLimit in megabytes. A day of 5 M events in and all everyday
// questions about it need less than half of that at any moment; without a limit
// the collector would let the heap grow to twice what is needed, whatever that
// is just then.
const defaultMemoryLimit = 448

// The memory of log queries, in bytes as estimated: what the limit leaves beside
// ingestion, metrics, the collector's slack and the answers on their way. It is
// shared, since both at their most are more than that: while queries need much,
// the cache of the log engine gives way. Of mixes of heavy and everyday queries,
// three at a time over the 323 log groups of a day of 5.2 M events, the process
// peaked at 464 to 529 MB (474 to 709 before): what is beyond 480 is garbage that
// is made faster than it is collected on two busy cores.
const (
	logMemory = 256 << 20 // the cache and all queries together
	// queryMemory is what all queries, and the results kept of them, may hold
	// together. One query alone may take nearly all.
	queryMemory = 240 << 20
	// cacheMemory holds the blocks of about seven million events.
	cacheMemory = 120 << 20
)

// limitMemory sets the process's soft limit as Config.MemoryLimit says.
func limitMemory(megabytes int64) {
	switch {
	case megabytes < 0:
		debug.SetMemoryLimit(math.MaxInt64)
	case megabytes > 0:
		debug.SetMemoryLimit(megabytes << 20)
	case os.Getenv("GOMEMLIMIT") == "": // else the runtime has taken it from there
		debug.SetMemoryLimit(defaultMemoryLimit << 20)
	}
}
