package estate

// Incident is something wrong with a resource on purpose, and the warning rule
// that should find it.
type Incident struct {
	Kind     string // lambda, glue, apigateway or s3
	Resource string // name of the function, job, API or bucket
	Rule     string // warning rule of the fleet pages, such as "outOfMemory"
	From     int64  // milliseconds; the start of history when it has always been so
	To       int64  // milliseconds; 0 while it goes on
	Note     string // what happens, in a sentence
}

// Incidents lists everything that is wrong with the estate: one entry for each
// resource and rule. Resources that are not listed stay below every default
// threshold over a day.
func (e *Estate) Incidents() []Incident { return append([]Incident(nil), e.incidents...) }

// trouble is what is wrong with a function.
type trouble uint8

const (
	healthy          trouble = iota
	leaking                  // memory grows until it is gone, again and again
	slowing                  // duration grows into the timeout
	nearTimeout              // the slowest invocations end just before the timeout
	throttled                // a reserved concurrency that is too small
	brokenByDeploy           // nearly half of the invocations fail since a deploy
	failingSometimes         // a few percent fail, always
	coldStarting             // environments are thrown away after a few invocations
	memoryTight              // always near the configured memory, never over
	memoryWasted             // never above a tenth of the configured memory
)

// Times of the incidents, in minutes before the end of the history.
const (
	deployBrokeAgo = 9 * 60
	slowingAgo     = 13 * 60
	slowingRamp    = 2 * 60
	leakCycle      = 150 // minutes from start to out of memory
	route5xxAgo    = 10 * 60
)

// functionTroubles says which functions have which trouble, by place among the
// troubled ones. Popular functions are troubled, so that rates mean something.
var functionTroubles = []trouble{
	throttled, leaking, coldStarting, slowing, brokenByDeploy, failingSometimes, nearTimeout,
	memoryTight, coldStarting, failingSometimes, memoryWasted, nearTimeout, failingSometimes, memoryWasted,
}

// assignTroubles spreads the troubles over the ranks 2, 6, 10, … of n functions.
func assignTroubles(n int) map[int]trouble {
	step := min(4, max(1, n/(2*len(functionTroubles))))
	m := make(map[int]trouble)
	for i, t := range functionTroubles {
		if rank := 2 + i*step; rank < n {
			m[rank] = t
		}
	}
	return m
}

// functionIncidents lists what the troubles of f lead to.
func (e *Estate) functionIncidents(f *function) {
	start := e.start * minuteMillis
	add := func(rule string, from int64, note string) {
		e.incidents = append(e.incidents, Incident{Kind: "lambda", Resource: f.name, Rule: rule, From: from, Note: note})
	}
	switch f.trouble {
	case leaking:
		note := "Memory grows until the sandbox is killed, then begins anew, every two and a half hours."
		add("outOfMemory", start, note)
		add("memoryHigh", start, note)
		add("errors", start, "Each out of memory is an error of the invocation.")
	case slowing:
		from := f.since * minuteMillis
		note := "Input has grown: duration rises into the timeout, and some invocations are cut off."
		add("timeouts", from, note)
		add("durationHigh", from, note)
		add("errors", from, "Each timeout is an error of the invocation.")
	case nearTimeout:
		add("durationHigh", start, "The slowest invocations end just before the timeout.")
	case throttled:
		add("throttles", start, "The reserved concurrency is too small for the load.")
	case brokenByDeploy:
		add("errors", f.since*minuteMillis, "Nearly half of the invocations fail since a deploy.")
	case failingSometimes:
		add("errors", start, "A few percent of the invocations fail.")
	case coldStarting:
		add("coldStarts", start, "Environments are recycled after a few invocations.")
	case memoryTight:
		add("memoryHigh", start, "Always uses nearly all of its memory.")
	case memoryWasted:
		add("memoryLow", start, "Never uses a tenth of its memory.")
	}
}
