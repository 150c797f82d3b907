package estate

import "math"

// logStyle is how a function writes its own lines.
type logStyle uint8

const (
	pythonLogging logStyle = iota // [INFO]\t<time>\t<id>\tmessage
	pythonPrint                   // raw text
	pythonJSON                    // one JSON object per line, as Powertools writes it
	nodeConsole                   // <time>\t<id>\tINFO\tmessage
	nodeJSON                      // JSON log format: platform lines are JSON as well
	javaLog4j                     // 2026-11-21 03:04:05 <id> INFO  Class - message
	goPlain                       // 2026/11/21 03:04:05 message
)

// runtime is a managed runtime as it names itself.
type runtime struct {
	id      string // GetFunctionConfiguration's Runtime
	version string // INIT_START's Runtime Version
	handler string
	init    float64 // typical cold start, milliseconds
	styles  []logStyle
}

var runtimes = []runtime{
	{"python3.12", "python:3.12.v86", "app.lambda_handler", 420, []logStyle{pythonLogging, pythonLogging, pythonPrint, pythonJSON}},
	{"nodejs22.x", "nodejs:22.v57", "index.handler", 240, []logStyle{nodeConsole}},
	{"java21", "java:21.v51", "com.example.etl.Handler::handleRequest", 1850, []logStyle{javaLog4j}},
	{"provided.al2023", "provided:al2023.v111", "bootstrap", 95, []logStyle{goPlain}},
}

// function is a Lambda function: what never changes about it.
type function struct {
	name, group string
	key         uint64 // root of its random streams
	runtime     *runtime
	runtimeARN  string
	style       logStyle
	sentences   []sentence // what its code says
	appLines    float64    // mean number of lines of its own per invocation
	memoryMB    int
	timeoutMS   int64
	medianMS    float64 // typical duration
	spread      float64 // sigma of the logarithm of the duration
	memoryShare float64 // typical part of memory used
	errorRate   float64
	load        *season
	perMinute   float64 // mean invocations
	slots       int64   // environments kept busy
	envMinutes  int64   // life of an environment
	onDemand    bool    // environments start when needed; else they are provisioned before
	traced      bool
	newStatus   bool // REPORT lines of failed invocations carry Status and Error Type
	trouble     trouble
	since       int64 // minute in which the trouble began, when it did not always exist
	dimensions  []Dimension
}

// outcome is how an invocation ended.
type outcome uint8

const (
	succeeded outcome = iota
	failed
	timedOut
	outOfMemory
)

// invocation is one run of a function: the facts that its log lines and the
// metrics of its minute share.
type invocation struct {
	start    int64 // milliseconds since the epoch
	duration int64 // hundredths of milliseconds
	memoryMB int
	slot     int64
	outcome  outcome
	id       [2]uint64 // request id
}

// billed returns the whole milliseconds that are paid for.
func (v *invocation) billed() int64 { return (v.duration + 99) / 100 }

// end returns the millisecond in which the invocation is over.
func (v *invocation) end() int64 { return v.start + v.billed() }

const linesPerInvocation = 3 // START, END, REPORT

// newFunctions makes the functions with popularity falling by rank, scaled so
// that they write eventsPerDay log events.
func (e *Estate) newFunctions(n int, eventsPerDay float64) {
	troubles := assignTroubles(n)
	var weighted float64
	weight := func(rank int) float64 { return math.Pow(float64(rank+1), -0.95) }
	for rank, name := range combine(hashString(e.seed, "functions"), functionDomains, functionActions, n) {
		f := e.newFunction(name, rank, troubles[rank])
		weighted += weight(rank) * (linesPerInvocation + f.appLines)
		e.functions = append(e.functions, f)
	}
	for rank, f := range e.functions {
		perDay := eventsPerDay * weight(rank) / weighted
		f.perMinute = perDay / minutesPerDay
		f.settle()
		e.functionIncidents(f)
	}
}

func (e *Estate) newFunction(name string, rank int, t trouble) *function {
	f := &function{name: name, group: "/aws/lambda/" + name, key: hashString(hashString(e.seed, "function"), name), trouble: t}
	f.dimensions = []Dimension{{"FunctionName", name}}
	r := rng{hash2(f.key, saltShape)}
	// Six of ten functions are Python, two Node.js, one Java, one Go.
	f.runtime = &runtimes[[]int{0, 0, 0, 0, 0, 0, 1, 1, 2, 3}[r.intn(10)]]
	arn := appendHex(nil, hashString(e.seed, f.runtime.version), 16)
	for i := range uint64(3) {
		arn = appendHex(arn, hash2(hashString(e.seed, f.runtime.version), i), 16)
	}
	f.runtimeARN = "arn:aws:lambda:" + e.cfg.Region + "::runtime:" + string(arn)
	f.style = pick(&r, f.runtime.styles)
	if f.style == nodeConsole && t == healthy && r.chance(0.1) {
		f.style = nodeJSON
	}
	f.sentences = pick(&r, repertoires)
	f.appLines = r.between(1.2, 3.8)
	f.memoryMB = pick(&r, []int{128, 256, 256, 512, 512, 512, 1024, 1024, 1769, 2048, 3008})
	if f.runtime.id == "java21" {
		f.memoryMB = max(f.memoryMB, 512)
	}
	f.memoryShare = r.between(0.34, 0.72)
	f.spread = r.between(0.2, 0.45)
	// Popular functions are short, as they are in life.
	switch {
	case rank < 10:
		f.medianMS, f.timeoutMS = r.between(25, 220), 30_000
	case r.chance(0.55):
		f.medianMS, f.timeoutMS = r.between(80, 900), pick(&r, []int64{30_000, 60_000, 60_000})
	case r.chance(0.75):
		f.medianMS, f.timeoutMS = r.between(900, 6_000), pick(&r, []int64{60_000, 120_000, 300_000})
	default:
		f.medianMS, f.timeoutMS = r.between(8_000, 60_000), pick(&r, []int64{300_000, 900_000, 900_000})
	}
	f.errorRate = r.between(0.0002, 0.0012)
	f.traced = r.chance(0.25)
	f.newStatus = r.chance(0.6)
	f.load = pick(&r, []*season{businessHours, businessHours, steadyLoad, nightlyBatch})
	switch t {
	case leaking:
		f.load, f.memoryMB, f.timeoutMS, f.medianMS = steadyLoad, 512, 60_000, 420
	case slowing:
		f.load, f.timeoutMS, f.medianMS, f.spread = steadyLoad, 30_000, 11_000, 0.13
		f.since = e.anchor - slowingAgo
	case nearTimeout:
		f.load, f.timeoutMS, f.medianMS = steadyLoad, 15_000, 4_000
	case throttled, failingSometimes, coldStarting:
		f.load = steadyLoad
	case brokenByDeploy:
		f.load, f.since = steadyLoad, e.anchor-deployBrokeAgo
	case memoryTight:
		f.memoryMB = 256
	case memoryWasted:
		f.memoryMB, f.memoryShare = 3008, 0.045
	}
	return f
}

// settle derives from the traffic what depends on it: environments, their
// life, and an error rate that a day with little traffic cannot turn into a
// warning.
func (f *function) settle() {
	peak := f.perMinute * f.load.peak
	f.slots = min(max(int64(math.Ceil(peak*f.medianMS/minuteMillis*2.5)), 1), 60)
	quietHour := 60 * f.perMinute * f.load.trough
	switch {
	case f.trouble == coldStarting:
		// About one invocation in sixteen starts an environment.
		f.onDemand = true
		f.envMinutes = max(int64(16*float64(f.slots)/f.perMinute), 2)
	case quietHour*3 > 110*float64(f.slots):
		f.onDemand = true
		f.envMinutes = max(int64(float64(f.slots)*350/quietHour*60), 180)
	default:
		// Too little traffic for a cold start to go unnoticed: these have
		// provisioned concurrency, so no Init Duration.
		f.envMinutes = 3 * minutesPerDay
	}
	if quietHour < 150 {
		f.errorRate = 0
	}
	if f.trouble == failingSometimes {
		f.errorRate = 0.028
	}
}

// lastDeploy returns the minute of the newest deploy not after minute. Every
// function is deployed once in each week, on a working day between 9 and 17;
// a broken one was deployed once more.
func (f *function) lastDeploy(minute int64) int64 {
	week := (minute + 3*minutesPerDay) / minutesPerWeek
	at := f.deployOf(week)
	if at > minute {
		at = f.deployOf(week - 1)
	}
	if f.trouble == brokenByDeploy && minute >= f.since {
		at = max(at, f.since)
	}
	return at
}

func (f *function) deployOf(week int64) int64 {
	h := hash3(f.key, saltDeploy, uint64(week))
	day := week*7 - 3 + int64(h%5)
	return day*minutesPerDay + 9*60 + int64((h>>8)%480)
}

// deployFactor is how much slower or faster the code of a deploy is.
func (f *function) deployFactor(deploy int64) float64 {
	if f.trouble == slowing {
		return 1 // its only change is the one that is to be found
	}
	r := rng{hash3(f.key, saltDeployFactor, uint64(deploy))}
	return r.between(0.86, 1.16)
}

// count returns the number of invocations that start in a minute.
func (f *function) count(minute int64) int {
	r := rng{hash3(f.key, saltCount, uint64(minute))}
	return r.poisson(f.perMinute * f.load.at(minute))
}

// throttles returns the number of refused invocations of a minute with n
// accepted ones.
func (f *function) throttles(minute int64, n int) int {
	if f.trouble != throttled {
		return 0
	}
	r := rng{hash3(f.key, saltThrottle, uint64(minute))}
	return r.poisson(0.26 * float64(n))
}

// slot returns the environment slot of invocation k of a minute.
func (f *function) slot(minute int64, k int) int64 {
	h := hash3(f.key, saltSlot, uint64(minute))
	return int64((h>>1 + uint64(k)) % uint64(f.slots))
}

// invocations appends the invocations that start in a minute, by start.
func (f *function) invocations(dst []invocation, minute int64) []invocation {
	n := f.count(minute)
	if n == 0 {
		return dst
	}
	deploy := f.lastDeploy(minute)
	factor := f.deployFactor(deploy)
	r := rng{hash3(f.key, saltFacts, uint64(minute))}
	for k := range n {
		v := invocation{slot: f.slot(minute, k)}
		v.start = minute*minuteMillis + int64((float64(k)+r.float())*minuteMillis/float64(n))
		v.id = [2]uint64{r.next(), r.next()}
		ms := max(f.medianMS*factor*math.Exp(f.spread*r.norm()), 1.2)
		share := f.memoryShare + 0.05*r.float()
		broken := r.float()
		limit := float64(f.timeoutMS)
		switch f.trouble {
		case slowing:
			if grown := minute - f.since; grown > 0 {
				ms *= 1 + 1.22*min(float64(grown)/slowingRamp, 1)
			}
		case nearTimeout:
			if broken < 0.02 {
				ms = limit * (0.955 + 0.04*share)
			}
			ms = min(ms, 0.995*limit)
		case leaking:
			done := float64((minute+int64(f.key>>40))%leakCycle) / leakCycle
			share = 0.34 + 0.68*done + 0.01*r.float()
			if share >= 1 {
				share, v.outcome = 1, outOfMemory
			}
		case memoryTight:
			share = 0.957 + 0.03*r.float()
		case memoryWasted:
			share = f.memoryShare + 0.02*r.float()
		case brokenByDeploy:
			if minute >= f.since && broken < 0.45 {
				v.outcome = failed
			}
		}
		switch {
		case f.trouble == nearTimeout:
		case f.trouble == slowing:
			if ms >= limit {
				ms, v.outcome = limit, timedOut
			}
		default:
			ms = min(ms, 0.7*limit)
		}
		if v.outcome == succeeded && broken < f.errorRate {
			v.outcome = failed
			if f.trouble != slowing && f.trouble != nearTimeout {
				ms *= 0.6
			}
		}
		v.duration = int64(ms * 100)
		v.memoryMB = min(int(share*float64(f.memoryMB)), f.memoryMB)
		dst = append(dst, v)
	}
	return dst
}
