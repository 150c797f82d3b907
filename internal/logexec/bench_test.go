package logexec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"skywatch/internal/logs"
)

// blocks is a scanner over ready blocks, so that benchmarks measure the
// executor alone.
type blocks struct {
	list  []*logs.Block
	stats logs.ScanStats
}

func (b *blocks) Scan(ctx context.Context, _ logs.Scan, yield func(*logs.Block) error) (logs.ScanStats, error) {
	for _, blk := range b.list {
		if err := yield(blk); err != nil {
			return b.stats, nil
		}
	}
	return b.stats, nil
}

const benchGroups = 20

// benchEvents are n events as functions write them: half the functions log
// text, half JSON, every fifth event is a REPORT.
func benchEvents(n int) *blocks {
	r := rand.New(rand.NewPCG(7, 7))
	out := &blocks{}
	for n > 0 {
		b := &logs.Block{Len: min(n, 4096)}
		for range b.Len {
			g := r.IntN(benchGroups)
			id := fmt.Sprintf("%08x-0000-4000-8000-%012x", r.Uint32(), r.Uint64()>>16)
			msg := ""
			switch k := r.IntN(5); {
			case k == 0:
				msg = fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: 512 MB\tMax Memory Used: %d MB\t\n", id, r.ExpFloat64()*100, r.IntN(1000), 100+r.IntN(400))
			case g%2 == 0:
				msg = fmt.Sprintf(`{"timestamp":"2024-03-04T10:00:00.000Z","level":"%s","message":"processed batch","requestId":"%s","batch":{"table":"orders_%d","rows":%d,"ms":%.1f}}`,
					[]string{"INFO", "INFO", "WARN", "ERROR"}[r.IntN(4)], id, r.IntN(30), r.IntN(10000), r.Float64()*500)
			default:
				msg = fmt.Sprintf("[%s]\t2024-03-04T10:00:00.000Z\t%s\tread s3://raw-bucket/orders/%d.parquet in %dms, timeout after %dms\n", []string{"INFO", "ERROR"}[r.IntN(20)/19], id, r.IntN(1e6), r.IntN(1000), r.IntN(3000))
			}
			b.Groups = append(b.Groups, logs.GroupID(g+1))
			b.Streams = append(b.Streams, logs.StreamID(g+1))
			b.Timestamps = append(b.Timestamps, 1709550000000-int64(out.stats.Rows)*10)
			b.Ingested = append(b.Ingested, 1709550000000)
			b.Seqs = append(b.Seqs, uint64(1e9-out.stats.Rows))
			b.Messages = append(b.Messages, msg)
			out.stats.Rows++
			out.stats.Bytes += int64(len(msg))
		}
		out.list = append(out.list, b)
		n -= b.Len
	}
	return out
}

func BenchmarkRun(b *testing.B) {
	src := benchEvents(100_000)
	var groups []Group
	for i := range benchGroups {
		groups = append(groups, Group{ID: logs.GroupID(i + 1), Account: testAccount, Name: fmt.Sprintf("/aws/lambda/f%d", i)})
	}
	for _, bench := range []struct{ name, query string }{
		{"Count", "stats count(*) by bin(1h)"},
		{"Like", `filter @message like /Memory/ | sort @message desc | limit 5`},
		{"LikeNowhere", `filter @message like "Task timed out" | stats count(*)`},
		{"Report", `filter @type = "REPORT" | stats max(@maxMemoryUsed), avg(@maxMemoryUsed), pct(@duration, 50), pct(@duration, 99) by @log`},
		{"RequestId", `filter @requestId = "3f2e1d0c-0000-4000-8000-000000000001"`},
		{"Regex", `filter @message like /timeout after \d+ms/ | stats count(*) by @log`},
		{"RegexFold", `filter @message like /(?i)error/ | stats count(*) by bin(5m), @log`},
		{"JSON", `filter level = "ERROR" | stats avg(batch.ms) by batch.table`},
		{"ParseGlob", `parse @message "read s3://*/* in *ms" as bucket, key, ms | stats avg(ms) by bucket`},
		{"ParseRegex", `parse @message /in (?<ms>\d+)ms/ | stats pct(ms, 95)`},
		{"SortTop", `fields @timestamp, @duration | sort @duration desc | limit 20`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			req := Request{Query: mustParse(b, bench.query), Groups: groups, EndMs: 1 << 60}
			b.ReportAllocs()
			b.SetBytes(src.stats.Bytes)
			for b.Loop() {
				if _, err := Run(context.Background(), src, req, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(src.stats.Rows)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func BenchmarkFields(b *testing.B) {
	msg := `{"timestamp":"2024-03-04T10:00:00.000Z","level":"INFO","message":"processed batch","requestId":"3f2e1d0c-0000-4000-8000-000000000001","batch":{"table":"orders","rows":17,"ms":12.5}}`
	b.ReportAllocs()
	b.SetBytes(int64(len(msg)))
	for b.Loop() {
		Fields(msg, "/aws/lambda/f")
	}
}
