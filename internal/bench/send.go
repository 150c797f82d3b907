package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"skywatch/internal/estate"
	"skywatch/internal/estate/client"
)

// CreateStreams makes the groups and streams of a day.
func CreateStreams(ctx context.Context, c *client.Client, f *Facts, connections int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(connections)
	for group, streams := range f.Streams {
		g.Go(func() error {
			if err := c.CreateLogGroup(ctx, group); err != nil {
				return err
			}
			for s := range streams {
				if err := c.CreateLogStream(ctx, group, s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// SendLogs sends the day over several connections, each an hour at a time, and
// returns the number of events that were taken and how long it took. A pace
// above 0 is how many events a second are sent at most.
func (d *Day) SendLogs(ctx context.Context, c *client.Client, connections, pace int) (events int64, took time.Duration, err error) {
	var taken, begun atomic.Int64
	began := time.Now()
	err = d.hours(ctx, connections, func(ctx context.Context, _ int, hour time.Time) error {
		return d.logs(ctx, hour, func(b estate.LogBatch) error {
			if pace > 0 {
				before := begun.Add(int64(len(b.Events))) - int64(len(b.Events))
				due := time.Duration(float64(before) / float64(pace) * float64(time.Second))
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(due - time.Since(began)):
				}
			}
			rejected, err := c.PutLogEvents(ctx, b)
			if err == nil && rejected > 0 {
				err = fmt.Errorf("the server refused %d of %d events of %s", rejected, len(b.Events), b.Group)
			}
			taken.Add(int64(len(b.Events)))
			return err
		})
	})
	return taken.Load(), time.Since(began), err
}
