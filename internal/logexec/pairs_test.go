//go:build unix

package logexec

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart"
	"skywatch/internal/logs"
)

var pairEvents = flag.Int("pairevents", 10_000, "events of each kind of BenchmarkPairs")

// pairQueries are asked of logs of every kind: each meets kinds that it is made
// for and kinds that it is not.
var pairQueries = []struct{ name, query string }{
	{"count", `stats count(*) by bin(1h)`},
	{"like", `filter @message like "error" | stats count(*)`},
	{"like-often", `filter @message like "e" | stats count(*) by bin(1h)`},
	{"like-digits", `filter @message like "404 " | stats count(*)`},
	{"like-nowhere", `filter @message like "occurs in no event" | stats count(*)`},
	{"regex-needle", `filter @message like /took \d+ ?ms/ | stats count(*) by bin(1h)`},
	{"regex-digits", `filter @message like /\d{3} \d+/ | stats count(*)`},
	{"regex-fold", `filter @message like /(?i)(warn|error|fail)/ | stats count(*) by bin(5m)`},
	{"regex-anchor", `filter @message like /^\d+\.\d+/ | stats count(*)`},
	{"parse-glob", `parse @message "* took * ms" as what, ms | stats avg(ms), count(ms)`},
	{"parse-quoted", `parse @message '"* * *"' as method, path, version | stats count(*) by method`},
	{"parse-whole", `parse @message /took (?<ms>\d+) ms/ | stats avg(ms), pct(ms, 95)`},
	{"parse-part", `parse @message /(?<host>\w+)\.example/ | stats count(*) by host`},
	{"parse-word", `parse @message /(?<first>[a-z]+)\/(?<second>[a-z]+)/ | stats count(*) by first`},
	{"parse-access", `parse @message /^(?<ip>\S+) \S+ (?<user>\S+) \[(?<at>[^\]]+)\] "(?<method>\S+) (?<path>\S+) [^"]*" (?<status>\d+) (?<size>\S+)/ | stats count(*), sum(size) by status`},
	{"parse-path", `parse @message /"(?<method>[A-Z]+) (?<path>[^ ?"]+)/ | stats count(*) as n by path | sort n desc | limit 10`},
	{"parse-agent", `parse @message /"(?<agent>[^"]*)"$/ | stats count(*) by agent`},
	{"parse-filter", `parse @message /from (?<ip>[\d.]+) port (?<port>\d+)/ | filter port > 60000 | stats count(*) by ip`},
	{"parse-logfmt", `parse @message logfmt as pairs | stats count(*) by pairs.level`},
	{"parse-show", `parse @message /(?<number>\d+) ms/ | fields @timestamp, number | limit 200`},
	{"field", `filter level = "ERROR" | stats avg(durationMs), count(*) by service`},
	{"field-missing", `stats count(absent), count(*) by absent`},
	{"length", `stats avg(strlen(@message)), max(strlen(@message))`},
	{"function", `stats count(*) by toupper(substr(@message, 0, 3))`},
	{"last", `fields @timestamp, @message | limit 100`},
	{"last-like", `filter @message like "took" | fields @timestamp, @message | limit 100`},
	{"sort", `fields @timestamp, @message | sort @message asc | limit 20`},
	{"pattern", `pattern @message`},
	{"dedup", `dedup level`},
	{"all", `fields @timestamp, @message, @logStream`},
}

// joinedScan is the source that BenchmarkPairs reads event by event: every
// message is joined from its columns first, as an engine has to.
type joinedScan struct{ parts []logpart.Part }

func (s *joinedScan) Scan(ctx context.Context, scan logs.Scan, yield func(*logs.Block) error) (st logs.ScanStats, err error) {
	scratch := new(logpart.Scratch)
	for i := range s.parts {
		p := s.parts[i]
		if scan.Order == logs.NewestFirst {
			p = s.parts[len(s.parts)-1-i]
		}
		b, err := p.Open(ctx, scratch)
		if err != nil {
			return st, err
		}
		rows := make([]uint32, b.Rows)
		for i := range rows {
			rows[i] = uint32(i)
		}
		if scan.Order == logs.NewestFirst {
			slices.Reverse(rows)
		}
		st.Add(b.Stats)
		for run := range slices.Chunk(rows, 4096) {
			if err := yieldRun(b, scan.Columns, run, yield); err != nil {
				return st, ignoreStop(err)
			}
		}
	}
	return st, nil
}

func ignoreStop(err error) error {
	if err == logs.ErrStop {
		return nil
	}
	return err
}

func yieldRun(b *logpart.Block, columns logs.Columns, rows []uint32, yield func(*logs.Block) error) (err error) {
	out := logs.Block{Len: len(rows)}
	for range rows {
		out.Groups = append(out.Groups, b.Group)
	}
	if columns&logs.ColMessage != 0 {
		if out.Messages, err = b.Messages(nil, rows); err != nil {
			return err
		}
	}
	times, err := b.Timestamps()
	if err != nil {
		return err
	}
	streams, err := b.Streams()
	if err != nil {
		return err
	}
	seqs, err := b.Seqs()
	if err != nil {
		return err
	}
	for _, r := range rows {
		out.Timestamps, out.Ingested = append(out.Timestamps, times[r]), append(out.Ingested, times[r])
		out.Streams, out.Seqs = append(out.Streams, streams[r]), append(out.Seqs, seqs[r])
	}
	return yield(&out)
}

// processorTime is what the process has used.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// pair is a question to logs of one kind.
type pair struct {
	name          string
	column, plain time.Duration // processor time, the least of several runs
	event         int           // how many events
}

func (p *pair) ratio() float64 { return float64(p.column) / float64(p.plain) }

// BenchmarkPairs asks every question of logs of every kind, by column and event
// by event in turns, on one processor, and reports which part of the processor
// time of reading and looking at the messages it takes by column. No pair should
// be above 1. With -v the worst ones are listed at the end.
func BenchmarkPairs(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var pairs []*pair
	for _, kind := range logKinds(b, *pairEvents) {
		src := newReady(kind.events, kind.rows).(*ready)
		joined := &joinedScan{src.parts}
		for _, ask := range pairQueries {
			q, err := insights.Parse(ask.query)
			if err != nil {
				b.Fatalf("%s: %v", ask.query, err)
			}
			req := Request{Query: q, Groups: []Group{{ID: 1, Account: testAccount, Name: kind.group}}, EndMs: 1 << 60, Stream: func(logs.StreamID) string { return "host" }}
			p := &pair{name: kind.name + "/" + ask.name, event: len(kind.events)}
			b.Run(p.name, func(b *testing.B) {
				p.column, p.plain = 1<<62, 1<<62
				run := func(s logs.Scanner) time.Duration {
					began := processorTime(b)
					if _, err := Run(b.Context(), s, req, nil); err != nil {
						b.Fatal(err)
					}
					return processorTime(b) - began
				}
				for b.Loop() {
					p.column, p.plain = min(p.column, run(src)), min(p.plain, run(joined))
				}
				b.ReportMetric(float64(p.column.Nanoseconds())/float64(p.event), "column-ns/event")
				b.ReportMetric(float64(p.plain.Nanoseconds())/float64(p.event), "plain-ns/event")
				b.ReportMetric(p.ratio(), "ratio")
			})
			if p.plain > 0 {
				pairs = append(pairs, p)
			}
		}
	}
	slices.SortFunc(pairs, func(p, q *pair) int {
		if p.ratio() > q.ratio() {
			return -1
		}
		return 1
	})
	var out strings.Builder
	slower := 0
	for i, p := range pairs {
		if p.ratio() > 1 {
			slower++
		}
		if i < 20 || p.ratio() > 1 {
			fmt.Fprintf(&out, "%5.2f  %v by column, %v plain  %s\n", p.ratio(), p.column.Round(time.Microsecond), p.plain.Round(time.Microsecond), p.name)
		}
	}
	b.Logf("%d of %d pairs are slower by column; the worst:\n%s", slower, len(pairs), out.String())
}
