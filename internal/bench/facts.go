package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"skywatch/internal/estate"
)

// Picks says what the particular questions are about.
type Picks struct {
	From      time.Time `json:"from"` // the day
	To        time.Time `json:"to"`
	HourFrom  time.Time `json:"hourFrom"` // the hour from noon
	HourTo    time.Time `json:"hourTo"`
	Group     string    `json:"group"`     // of the function with the most events in it
	Stream    string    `json:"stream"`    // that group's with the most
	RequestID string    `json:"requestId"` // of an invocation of a function of middling traffic
}

// Pick looks at an hour of the day and chooses.
func (d *Day) Pick(ctx context.Context) (Picks, error) {
	p := Picks{From: d.From, To: d.To, HourFrom: d.From.Add(12 * hour), HourTo: d.From.Add(13 * hour)}
	names := d.Estate.Names("lambda")
	if len(names) == 0 {
		return p, errors.New("the simulated account has no functions to ask for")
	}
	middling := lambdaPrefix + names[len(names)/3]
	events, streams := map[string]int{}, map[string]map[string]int{}
	err := d.logs(ctx, p.HourFrom, func(b estate.LogBatch) error {
		if !bytes.HasPrefix([]byte(b.Group), []byte(lambdaPrefix)) {
			return nil
		}
		events[b.Group] += len(b.Events)
		if streams[b.Group] == nil {
			streams[b.Group] = map[string]int{}
		}
		streams[b.Group][b.Stream] += len(b.Events)
		if p.RequestID == "" || b.Group == middling {
			for _, e := range b.Events {
				if rest, ok := bytes.CutPrefix(e.Message, []byte("REPORT RequestId: ")); ok {
					id, _, _ := bytes.Cut(rest, []byte("\t"))
					p.RequestID = string(id)
				}
			}
		}
		return nil
	})
	p.Group = most(events)
	p.Stream = most(streams[p.Group])
	if err == nil && p.RequestID == "" {
		err = errors.New("no invocation in the hour from noon: ask for more events")
	}
	return p, err
}

// most returns the name with the highest number, the first of equals.
func most(n map[string]int) (name string) {
	for k, v := range n {
		if v > n[name] || v == n[name] && (name == "" || k < name) {
			name = k
		}
	}
	return name
}

// Facts is what is known of a day before any server is asked.
type Facts struct {
	Events  int64
	Bytes   int64                          // of messages
	Calls   int64                          // of PutLogEvents
	Streams map[string]map[string]struct{} // of each group
	Seconds float64                        // that generating and counting took

	tallies []tally
}

// StreamCount returns the number of log streams.
func (f *Facts) StreamCount() int {
	n := 0
	for _, s := range f.Streams {
		n += len(s)
	}
	return n
}

// Facts generates the day and counts the answers to the questions.
func (d *Day) Facts(ctx context.Context, qs []Question, workers int) (*Facts, error) {
	began := time.Now()
	parts := make([]*Facts, workers)
	for w := range parts {
		parts[w] = &Facts{Streams: map[string]map[string]struct{}{}}
		for i := range qs {
			parts[w].tallies = append(parts[w].tallies, qs[i].tally())
		}
	}
	err := d.hours(ctx, workers, func(ctx context.Context, worker int, hour time.Time) error {
		return d.logs(ctx, hour, func(b estate.LogBatch) error { parts[worker].add(b); return nil })
	})
	if err != nil {
		return nil, fmt.Errorf("count a day: %w", err)
	}
	f := parts[0]
	for _, p := range parts[1:] {
		f.merge(p)
	}
	f.Seconds = time.Since(began).Seconds()
	return f, nil
}

func (f *Facts) add(b estate.LogBatch) {
	f.Calls++
	if f.Streams[b.Group] == nil {
		f.Streams[b.Group] = map[string]struct{}{}
	}
	f.Streams[b.Group][b.Stream] = struct{}{}
	for i := range b.Events {
		e := event{b.Group, b.Stream, b.Events[i].Timestamp, b.Events[i].Message}
		f.Events++
		f.Bytes += int64(len(e.message))
		for _, t := range f.tallies {
			t.see(&e)
		}
	}
}

func (f *Facts) merge(p *Facts) {
	f.Events += p.Events
	f.Bytes += p.Bytes
	f.Calls += p.Calls
	for g, streams := range p.Streams {
		if f.Streams[g] == nil {
			f.Streams[g] = streams
		}
		for s := range streams {
			f.Streams[g][s] = struct{}{}
		}
	}
	for i, t := range f.tallies {
		t.merge(p.tallies[i])
	}
}

// Check compares the answer to question i with the count.
func (f *Facts) Check(i int, rows []Row) error { return f.tallies[i].check(rows) }
