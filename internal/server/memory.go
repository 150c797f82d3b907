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
