package bench

import (
	"fmt"
	"strings"
)

// Question is something people ask their logs.
type Question struct {
	ID   string `json:"id"`   // short and stable: other engines' texts are found by it
	Name string `json:"name"` // for people

	GoalMs float64 `json:"goalMs,omitempty"`
	// What the best other engine took on this kind of machine and this kind of
	// day: over the text of the messages, and with the fields extracted when
	// they were loaded.
	PeerMs       float64 `json:"peerMs,omitempty"`
	PeerLoadedMs float64 `json:"peerLoadedMs,omitempty"`

	Query     string `json:"query,omitempty"`     // Logs Insights; or
	Operation string `json:"operation,omitempty"` // FilterLogEvents or GetLogEvents

	Group  string `json:"group,omitempty"` // when Query chooses none with SOURCE
	Stream string `json:"stream,omitempty"`
	From   int64  `json:"from"` // milliseconds, inclusive
	To     int64  `json:"to"`   // milliseconds, exclusive
	Limit  int    `json:"limit,omitempty"`

	tally func() tally
}

// peer returns the best other figure in milliseconds, 0 when there is none.
func (q *Question) peer() float64 {
	if q.PeerLoadedMs > 0 {
		return min(q.PeerMs, q.PeerLoadedMs)
	}
	return q.PeerMs
}

// Row is one row of an answer.
type Row map[string]string

// tally counts what the answer to a question must be, straight from the
// generated messages and with none of the product's code.
type tally interface {
	see(e *event)
	merge(other tally) // of the same type; other is not used afterwards
	check(rows []Row) error
}

// allGroups chooses every group of the estate, lambdaGroups its functions'.
const (
	allGroups    = `SOURCE logGroups(namePrefix: ["/aws", "/skywatch", "API-Gateway"])`
	lambdaGroups = `SOURCE logGroups(namePrefix: ["/aws/lambda/"])`
	lambdaPrefix = "/aws/lambda/"
)

// mostRows is the most an answer may have, as StartQuery bounds it.
const mostRows = 100_000

// Questions returns the questions for a day in the order of the report. p says
// which function, hour and request the particular ones are about.
func Questions(p Picks) []Question {
	qs := []Question{
		countPerHour(),
		lastOfFunction(p),
		lastOfFunctionQuery(p),
		lastOfStream(p),
		reportPerFunction(),
		errorsPerSlot(),
		requestEverywhere(p),
		timeoutMillis(),
		timeoutSeconds(),
		jsonNested(),
		s3TopKeys(),
		nowhere("nowhere", "a word that occurs nowhere", "quetzalcoatlus", 40, 359),
		nowhere("nowhere-number", "a word with digits that occurs nowhere", "ord-20000001", 0, 0),
	}
	for i := range qs {
		if q := &qs[i]; q.From == 0 {
			// Events of the last invocations end after the day, init lines of
			// the first ones begin before it.
			q.From, q.To = p.From.Add(-hour).UnixMilli(), p.To.Add(2*hour).UnixMilli()
		}
	}
	return qs
}

// groupOf cuts the account off a value of @log.
func groupOf(log string) string {
	_, group, _ := strings.Cut(log, ":")
	return group
}

// key is what counted rows are told apart by.
type key struct {
	slot int64 // milliseconds
	name string
}

// counts is a tally of events by key.
type counts struct {
	n    map[key]int64
	of   func(e *event) (key, bool)
	read func(r Row) (key, error)
}

func newCounts(of func(e *event) (key, bool), read func(r Row) (key, error)) func() tally {
	return func() tally { return &counts{map[key]int64{}, of, read} }
}

func (c *counts) see(e *event) {
	if k, ok := c.of(e); ok {
		c.n[k]++
	}
}

func (c *counts) merge(other tally) {
	for k, n := range other.(*counts).n {
		c.n[k] += n
	}
}

func (c *counts) check(rows []Row) error {
	if len(rows) != len(c.n) {
		return fmt.Errorf("got %d rows, want %d", len(rows), len(c.n))
	}
	seen := map[key]bool{}
	for _, r := range rows {
		k, err := c.read(r)
		if err != nil {
			return err
		}
		if seen[k] {
			return fmt.Errorf("two rows for %v", k)
		}
		seen[k] = true
		if err := wantCount(r, "n", c.n[k]); err != nil {
			return fmt.Errorf("%v: %w", k, err)
		}
	}
	return nil
}
