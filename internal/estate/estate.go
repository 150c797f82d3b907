package estate

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Config is the shape of the account. The zero value is the demo's: 300
// functions, 200 jobs, 12 APIs, 40 buckets, a history of 24 hours until now.
// In the number of resources 0 means the default and a negative one none.
type Config struct {
	Functions int // Lambda functions; default 300
	Jobs      int // Glue jobs; default 200
	APIs      int // API Gateway REST APIs; default 12
	Buckets   int // S3 buckets; default 40

	Seed    uint64 // of everything random; the same seed gives the same estate
	Region  string // default us-east-1
	Account string // twelve digits; default 000000000000

	Start   time.Time     // when history begins, to the minute; default now - History
	History time.Duration // from Start to the time of the incidents; default 24 h, at most 13 days

	// Resume, when set, says that a former run of the same estate (same
	// seed, numbers, Start and History) has written everything before it: Run
	// writes only what is later.
	Resume time.Time

	// EventsPerDay is about how many log events a mean day has, over all
	// groups; the number of data follows from it. Default 4,000 per function.
	// Glue writes what its runs write, whatever is asked for here.
	EventsPerDay int

	// Connections is how many requests Run keeps going at once; default 3.
	Connections int
	// LiveInterval is how often Run sends what happened; default 2 s.
	LiveInterval time.Duration
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Estate is a simulated account. It is immutable: all methods may be called
// at the same time.
type Estate struct {
	cfg       Config
	seed      uint64
	start     int64 // first minute of history
	resume    int64 // first minute that Run writes; start unless Config.Resume is later
	anchor    int64 // minute at which history ends; incidents are placed before it
	functions []*function
	jobs      []*job
	apis      []*api
	buckets   []*bucket
	incidents []Incident
}

// maxHistory keeps the oldest event and datum inside the two weeks that
// PutLogEvents and PutMetricData accept.
const maxHistory = 13 * 24 * time.Hour

var accountForm = regexp.MustCompile(`^[0-9]{12}$`)

// New makes the estate of a configuration.
func New(cfg Config) (*Estate, error) {
	defaults := func(v *int, d int) { *v = max(map[bool]int{true: d, false: *v}[*v == 0], 0) }
	defaults(&cfg.Functions, 300)
	defaults(&cfg.Jobs, 200)
	defaults(&cfg.APIs, 12)
	defaults(&cfg.Buckets, 40)
	defaults(&cfg.EventsPerDay, 4000*max(cfg.Functions, 10))
	defaults(&cfg.Connections, 3)
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if cfg.Account == "" {
		cfg.Account = "000000000000"
	}
	if !accountForm.MatchString(cfg.Account) {
		return nil, fmt.Errorf("simulated estate: account %q: want twelve digits", cfg.Account)
	}
	if cfg.History == 0 {
		cfg.History = 24 * time.Hour
	}
	if cfg.History < time.Hour || cfg.History > maxHistory {
		return nil, fmt.Errorf("simulated estate: history of %v: want one hour to 13 days", cfg.History)
	}
	if cfg.LiveInterval == 0 {
		cfg.LiveInterval = 2 * time.Second
	}
	if cfg.Connections == 0 || cfg.LiveInterval < 0 {
		return nil, errors.New("simulated estate: connections and live interval must be positive")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Start.IsZero() {
		cfg.Start = cfg.Now().Add(-cfg.History)
	}
	e := &Estate{cfg: cfg, seed: hash2(cfg.Seed, 0x736b7977)}
	e.start = cfg.Start.UnixMilli() / minuteMillis
	e.resume = max(e.start, cfg.Resume.UnixMilli()/minuteMillis)
	e.anchor = e.start + int64(cfg.History/time.Minute)

	// Glue writes what it writes; the rest is shared out.
	e.newJobs(cfg.Jobs)
	rest := float64(cfg.EventsPerDay)
	for _, j := range e.jobs {
		rest -= linesPerRun * j.runsPerDay()
	}
	rest = max(rest, float64(cfg.EventsPerDay)/2)
	var shareAPI, shareS3 float64
	if cfg.APIs > 0 {
		shareAPI = 0.11
	}
	if cfg.Buckets > 0 {
		shareS3 = 0.09
	}
	e.newFunctions(cfg.Functions, rest*(1-shareAPI-shareS3))
	e.newAPIs(cfg.APIs, rest*shareAPI)
	e.newBuckets(cfg.Buckets, rest*shareS3)
	return e, nil
}

// Config returns the configuration with its defaults filled in.
func (e *Estate) Config() Config { return e.cfg }

// Names returns the names of the resources of a kind: lambda, glue,
// apigateway or s3. Lambda functions come by popularity.
func (e *Estate) Names(kind string) []string {
	var names []string
	switch kind {
	case "lambda":
		for _, f := range e.functions {
			names = append(names, f.name)
		}
	case "glue":
		for _, j := range e.jobs {
			names = append(names, j.name)
		}
	case "apigateway":
		for _, a := range e.apis {
			names = append(names, a.name)
		}
	case "s3":
		for _, k := range e.buckets {
			names = append(names, k.name)
		}
	}
	return names
}

// LogGroups returns the names of all log groups that the estate writes to.
func (e *Estate) LogGroups() []string {
	groups := []string{FunctionConfigGroup, JobRunGroup, glueErrorGroup, glueOutputGroup}
	for _, f := range e.functions {
		groups = append(groups, f.group)
	}
	for _, a := range e.apis {
		groups = append(groups, a.accessGroup())
		if a.executions {
			groups = append(groups, a.executionGroup())
		}
	}
	for _, k := range e.buckets {
		if k.accessLog {
			groups = append(groups, s3AccessGroup+k.name)
		}
	}
	return groups
}
