// Package bench measures a running server from outside, as its clients see it:
// it starts the product as a process of its own, sends one simulated day
// through PutLogEvents (or PutMetricData), asks the questions people ask, and
// compares every answer with a count of its own. It knows the public APIs and
// the simulated account and nothing of the engines, so that these can be
// replaced and measured again with the same questions.
//
//	estate ─┬─ Day.Facts: each question's tally counts what the answer must be
//	        ├─ Day.Export: NDJSON, for other engines (bench/duckdb)
//	        └─ loader ─ PutLogEvents ─ Server ─ Client.Ask ─ check ─ Report
//
// A day is a whole UTC day and follows from its date, its number of events and
// the estate's seed; so the same command measures the same events all day long,
// and other engines can be given exactly these.
//
// A new question is one file: its text and what was reached elsewhere in a
// [Question], and a tally that counts the answer the slow way.
package bench

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"skywatch/internal/estate"
)

// Day is one simulated day of an AWS account of the usual size.
type Day struct {
	Estate   *estate.Estate
	From, To time.Time
}

// NewDay returns the UTC day that holds from, with about that many log events.
func NewDay(from time.Time, events int) (*Day, error) {
	from = from.UTC().Truncate(24 * time.Hour)
	est, err := estate.New(estate.Config{Seed: 1, EventsPerDay: events, Start: from, History: 24 * time.Hour})
	if err != nil {
		return nil, err
	}
	return &Day{Estate: est, From: from, To: from.Add(24 * time.Hour)}, nil
}

// event is one log event on its way past the tallies. Message is valid only
// during the call.
type event struct {
	group, stream string
	timestamp     int64 // milliseconds
	message       []byte
}

// hours calls f for every hour of the day from several workers, in order.
func (d *Day) hours(ctx context.Context, workers int, f func(ctx context.Context, worker int, hour time.Time) error) error {
	g, ctx := errgroup.WithContext(ctx)
	next := make(chan time.Time)
	g.Go(func() error {
		defer close(next)
		for t := d.From; t.Before(d.To); t = t.Add(time.Hour) {
			select {
			case next <- t:
			case <-ctx.Done():
				return nil
			}
		}
		return nil
	})
	for w := range workers {
		g.Go(func() error {
			for t := range next {
				if err := f(ctx, w, t); err != nil {
					return fmt.Errorf("hour from %s: %w", t.Format("15:04"), err)
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// logs generates the log batches of an hour.
func (d *Day) logs(ctx context.Context, hour time.Time, f func(estate.LogBatch) error) error {
	return d.Estate.Generate(hour, hour.Add(time.Hour), func(b estate.LogBatch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return f(b)
	}, nil)
}
