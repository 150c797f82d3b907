// Package queries is the life of a Logs Insights query between StartQuery and
// the last GetQueryResults: it waits for a worker (Scheduled), runs (Running,
// with partial results to look at), and ends as Complete, Failed, Cancelled or
// Timeout; its results are then kept for a while.
//
//	Start ─ queue ─ worker ─ RunFunc (logexec) ─ progress ─┐
//	                            └─ result ─────────────────┴─ Results, Describe
//
// Everything is bounded: queries that wait or run (per scope and altogether),
// workers, the time a query runs, the size of one result, and what is kept of
// ended queries (count, bytes, age; the oldest goes first). Rows are kept packed
// (packed.go). What queries hold while they run and what is kept of them comes
// out of one pool of memory; keep.go says what goes first when it runs short. A
// query belongs to the scope that started it and does not exist for any other.
// Nothing survives a restart, as nothing here is worth a write: clients start
// again.
package queries

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logexec"
	"skywatch/internal/logs"
	"skywatch/internal/scope"
)

// Sentinel errors, tested with errors.Is.
var (
	ErrNotFound   = errors.New("query not found")
	ErrNotRunning = errors.New("query is not running")
	ErrTooMany    = errors.New("too many queries at a time")
	ErrTooLarge   = errors.New("query result is too large")
)

// Causes by which a running query's context ends.
var (
	errStopped = errors.New("query was stopped")
	errTimeout = errors.New("query took too long")
)

// Status is the state of a query, in CloudWatch's words.
type Status string

const (
	Scheduled Status = "Scheduled"
	Running   Status = "Running"
	Complete  Status = "Complete"
	Failed    Status = "Failed"
	Cancelled Status = "Cancelled"
	Timeout   Status = "Timeout"
)

// Active reports whether the query waits or runs.
func (s Status) Active() bool { return s == Scheduled || s == Running }

// Group is one log group a query reads.
type Group = logexec.Group

// Request is what to run. It must not change after Start.
type Request struct {
	Scope  scope.Scope
	Text   string // as the client gave it, for Describe
	Query  *insights.Query
	Groups []Group
	// Sources are the groups of the SOURCE commands inside subqueries.
	Sources map[*insights.Source][]Group
	Tables  logexec.Tables  // of lookup and cidrlookup; may be nil
	Indexes logexec.Indexes // of filterIndex; may be nil
	Start   int64           // milliseconds, inclusive
	End     int64           // milliseconds, exclusive
	Limit   int             // rows at most, 0 when the client gave none, or logexec.NoLimit
}

// Cell is one value of a result row.
type Cell = logexec.Cell

// Statistics count what a query has touched.
type Statistics = logexec.Statistics

// Result is the outcome of a run.
type Result struct {
	Rows  [][]Cell
	Stats Statistics
	Lease *logexec.Lease // what Rows hold of Config.Pool, nil without one
}

// Progress is what a running query can tell. Rows computes the rows the result
// would have by now; it is called only when somebody looks, and only until the
// progress function returns.
type Progress struct {
	Stats Statistics
	Rows  func() [][]Cell
}

// RunFunc executes a request. It calls progress now and then, from one
// goroutine at a time, and returns soon after ctx ends. Results pass to the
// caller.
type RunFunc func(ctx context.Context, req *Request, progress func(Progress)) (Result, error)

// Config holds what a Service is built from. Run is needed.
type Config struct {
	Run            RunFunc
	Workers        int           // queries that run at a time; 0 means 2
	MaxActive      int           // queries of one scope that wait or run; 0 means CloudWatch's 100
	MaxActiveTotal int           // the same over all scopes; 0 means 1000
	Timeout        time.Duration // how long one may run; 0 means 60 minutes
	MaxResultBytes int64         // of one query, before it is packed; 0 means 128 MiB, 100,000 rows of 1.3 KB
	KeepBytes      int64         // of all ended queries together, packed; 0 means 128 MiB
	KeepCount      int           // ended queries; 0 means 1000
	KeepFor        time.Duration // after the end; 0 means CloudWatch's 7 days
	// Pool is the memory that Run takes from; results are kept in it, too. Nil
	// means that nothing bounds running queries together.
	Pool   *logexec.Pool
	Now    func() time.Time
	Logger *slog.Logger
	// Ended is told of every query that ran to an end, how it ended and for how
	// long it ran. It is called under the service's lock: it must be quick and
	// not call back. Nil tells nobody.
	Ended func(Status, time.Duration)
}

// Service runs queries. Safe for concurrent use.
type Service struct {
	cfg    Config
	ctx    context.Context // ends with Close
	cancel context.CancelCauseFunc
	done   sync.WaitGroup // workers

	mu     sync.Mutex
	wake   *sync.Cond // a query was queued, or the service closed
	closed bool
	byID   map[string]*query
	all    []*query // in the order of Start
	queue  []*query // Scheduled, in the order of Start
	kept   int64    // bytes of ended queries' results
	ended  int      // ended queries in all
}

// query is one query. Service.mu guards all but id, req and created.
type query struct {
	id      string
	req     *Request
	created time.Time

	status  Status
	started time.Time
	ended   time.Time
	cancel  context.CancelCauseFunc // set while Running
	stats   Statistics
	rows    packedRows
	lease   *logexec.Lease // what rows hold of Config.Pool, nil without one
	asked   time.Time      // when somebody last asked for results
	looked  bool           // somebody asked for results since the last ones were set
	shown   bool           // there were partial rows once
	fetched int            // rows from the first on that somebody was given since the end
	err     error          // why it Failed
}

// New returns a service whose workers run until Close.
func New(cfg Config) *Service {
	if cfg.Run == nil {
		panic("queries: Run is needed")
	}
	setDefault(&cfg.Workers, 2)
	setDefault(&cfg.MaxActive, 100)
	setDefault(&cfg.MaxActiveTotal, 1000)
	setDefault(&cfg.Timeout, time.Hour)
	setDefault(&cfg.MaxResultBytes, 128<<20)
	setDefault(&cfg.KeepBytes, 128<<20)
	setDefault(&cfg.KeepCount, 1000)
	setDefault(&cfg.KeepFor, 7*24*time.Hour)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	s := &Service{cfg: cfg, byID: map[string]*query{}}
	s.wake = sync.NewCond(&s.mu)
	if cfg.Pool != nil {
		cfg.Pool.OnShort(s.makeRoom)
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	for range cfg.Workers {
		s.done.Go(s.work)
	}
	return s
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Close cancels what waits or runs and returns when all workers have ended.
// Results can still be read.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	for _, q := range s.queue {
		s.finish(q, Cancelled, nil)
	}
	s.queue = nil
	s.wake.Broadcast()
	s.mu.Unlock()
	s.cancel(errStopped)
	s.done.Wait()
}

// Start queues a query and returns its id, a UUID. Errors are ErrTooMany and
// logs.ErrClosed.
func (s *Service) Start(req *Request) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return "", fmt.Errorf("start a query: %w", logs.ErrClosed)
	}
	s.prune()
	active, total := 0, 0
	for _, q := range s.all {
		if q.status.Active() {
			total++
			if q.req.Scope == req.Scope {
				active++
			}
		}
	}
	if active >= s.cfg.MaxActive || total >= s.cfg.MaxActiveTotal {
		return "", fmt.Errorf("start a query beside %d others: %w", active, ErrTooMany)
	}
	q := &query{id: newID(), req: req, created: s.cfg.Now(), status: Scheduled}
	s.byID[q.id] = q
	s.all = append(s.all, q)
	s.queue = append(s.queue, q)
	s.wake.Signal()
	return q.id, nil
}

// work runs queries one after the other until the service is closed.
func (s *Service) work() {
	for {
		s.mu.Lock()
		for len(s.queue) == 0 && !s.closed {
			s.wake.Wait()
		}
		if s.closed {
			s.mu.Unlock()
			return
		}
		q := s.queue[0]
		s.queue = slices.Delete(s.queue, 0, 1)
		ctx, cancel := context.WithCancelCause(s.ctx)
		q.cancel = cancel
		q.status, q.started = Running, s.cfg.Now()
		s.mu.Unlock()
		s.run(ctx, q)
		cancel(nil)
	}
}

func (s *Service) run(ctx context.Context, q *query) {
	ctx, release := context.WithTimeoutCause(ctx, s.cfg.Timeout, errTimeout)
	defer release()
	result, err := s.call(ctx, q)
	var rows packedRows
	if err == nil {
		rows, err = s.pack(result)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q.cancel = nil
	if err == nil {
		if n := result.Stats.CorruptBlocks; n > 0 {
			s.cfg.Logger.Warn("log query left out blocks that fail their checksum", "query", q.id, "blocks", n)
		}
		q.stats = result.Stats
		q.keep(rows, result.Lease)
		s.finish(q, Complete, nil)
		return
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTimeout):
		s.finish(q, Timeout, nil)
	case cause != nil:
		s.finish(q, Cancelled, nil)
	default:
		s.cfg.Logger.Error("log query failed", "query", q.id, "text", q.req.Text, "error", err)
		s.finish(q, Failed, err)
	}
}

// call is RunFunc with progress connected and panics made errors: one bad
// query must not end the server.
func (s *Service) call(ctx context.Context, q *query) (result Result, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return s.cfg.Run(ctx, q.req, func(p Progress) { s.progress(q, p) })
}

// progress takes the newest numbers, and the rows when somebody looks: making
// them costs a sort of all that is held. Partial rows are not worth a query's
// memory: those that are too large, or find no room, are left out.
func (s *Service) progress(q *query, p Progress) {
	s.mu.Lock()
	q.stats = p.Stats
	wanted := q.looked || !q.shown // the first look, too, finds something
	q.shown = true
	s.mu.Unlock()
	if !wanted {
		return
	}
	rows := p.Rows()
	if size(rows) > s.cfg.MaxResultBytes {
		rows = nil
	}
	packed := pack(rows)
	s.mu.Lock()
	defer s.mu.Unlock()
	q.looked = false
	q.keep(packedRows{}, nil) // the last ones go first
	var lease *logexec.Lease
	if s.cfg.Pool != nil {
		if lease = s.cfg.Pool.Take(packed.bytes); lease == nil {
			return
		}
	}
	q.keep(packed, lease)
}

// newID returns a random UUID.
func newID() string {
	var u [16]byte
	_, _ = rand.Read(u[:]) // never fails
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:16])
}
