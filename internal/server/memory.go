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

// queryMemory is what all log queries, and the results kept of them, may hold
// together, in bytes as estimated: what the limit leaves beside ingestion, the
// collector's slack and the answers on their way. One query alone may take nearly
// all. What the estimate leaves out are the blocks that scans have open, half a
// megabyte each: of three queries at a time that each come near it, over all 323
// log groups of a day of 5.2 M events, the process peaked at 519 to 620 MB.
const queryMemory = 240 << 20

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
