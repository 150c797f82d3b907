package logexec

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logs"
	"skywatch/internal/logs/logstest"
)

func mustParse(t testing.TB, text string) *insights.Query {
	t.Helper()
	q, err := insights.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return q
}

// numbers loads an event {"i":…,"x":…} per value, one millisecond apart, over
// three groups.
func numbers(t testing.TB, values []string) (*logstest.Mem, Request) {
	t.Helper()
	mem := logstest.NewMem()
	req := Request{EndMs: int64(len(values) + 1)}
	for g := range 3 {
		req.Groups = append(req.Groups, Group{ID: logs.GroupID(g + 1), Account: testAccount, Name: fmt.Sprint("g", g)})
	}
	var batches []logs.Batch
	for i, v := range values {
		batches = append(batches, logs.Batch{Group: logs.GroupID(i%3 + 1), Stream: 1,
			Events: []logs.Event{{Timestamp: int64(i / 2), Message: fmt.Sprintf(`{"i":%d,"x":%s}`, i, v)}}})
	}
	if err := mem.Append(context.Background(), batches); err != nil {
		t.Fatal(err)
	}
	return mem, req
}

func column1(r *Result, name string) (out []string) {
	for _, row := range r.Rows {
		cell := "∅"
		for _, c := range row {
			if c.Field == name {
				cell = c.Value
			}
		}
		out = append(out, cell)
	}
	return out
}

// TestTopRows holds the bounded sort against sorting everything.
func TestTopRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 400).Draw(t, "events")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		values := make([]string, n)
		for i := range values {
			values[i] = []string{strconv.Itoa(r.IntN(50)), strconv.Quote("k" + strconv.Itoa(r.IntN(50))), "null"}[r.IntN(3)]
		}
		mem := logstest.NewMem()
		var batches []logs.Batch
		for i, v := range values {
			batches = append(batches, logs.Batch{Group: 1, Stream: 1, Events: []logs.Event{{Timestamp: int64(i / 3), Message: fmt.Sprintf(`{"i":%d,"x":%s}`, i, v)}}})
		}
		if err := mem.Append(context.Background(), batches); err != nil {
			t.Fatal(err)
		}
		mem.BlockLen = 1 + r.IntN(100)
		limit := rapid.IntRange(1, 30).Draw(t, "limit")
		dir := rapid.SampledFrom([]string{"asc", "desc"}).Draw(t, "dir")
		key := rapid.SampledFrom([]string{"x", "strlen(x)", "x, i", "@timestamp"}).Draw(t, "key")
		run := func(text string) []string {
			q, err := insights.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			res, err := Run(context.Background(), mem, Request{Query: q, Groups: []Group{{ID: 1, Name: "g"}}, EndMs: 1000}, nil)
			if err != nil {
				t.Fatal(err)
			}
			return column1(res, "i")
		}
		sorted := fmt.Sprintf("fields i | sort %s %s", key, dir)
		// A filter behind the sort that drops nothing makes it keep every row.
		want := run(sorted + " | filter 1 = 1")
		got := run(fmt.Sprintf("%s | limit %d", sorted, limit))
		if d := cmp.Diff(want[:min(limit, len(want))], got); d != "" {
			t.Fatalf("%s limit %d of %d rows: -full +top\n%s", sorted, limit, n, d)
		}
	})
}

// TestAggregates holds the aggregates against their definitions.
func TestAggregates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nums := rapid.SliceOfN(rapid.Float64Range(-1000, 1000), 1, 200).Draw(t, "numbers")
		p := rapid.IntRange(0, 100).Draw(t, "percentile")
		mem := logstest.NewMem()
		var events []logs.Event
		for i, f := range nums {
			events = append(events, logs.Event{Timestamp: int64(i), Message: `{"x":` + strconv.FormatFloat(f, 'f', -1, 64) + `}`})
		}
		if err := mem.Append(context.Background(), []logs.Batch{{Group: 1, Stream: 1, Events: events}}); err != nil {
			t.Fatal(err)
		}
		q, err := insights.Parse(fmt.Sprintf("stats count(x) as n, sum(x) as s, avg(x) as a, min(x) as lo, max(x) as hi, pct(x, %d) as p, variance(x) as v, count_distinct(x) as d, earliest(x) as e, latest(x) as l", p))
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(context.Background(), mem, Request{Query: q, Groups: []Group{{ID: 1}}, EndMs: 1000}, nil)
		if err != nil {
			t.Fatal(err)
		}
		sum, distinct := 0.0, map[float64]bool{}
		for _, f := range nums {
			sum += f
			distinct[f+0] = true
		}
		mean, m2 := sum/float64(len(nums)), 0.0
		for _, f := range nums {
			m2 += (f - mean) * (f - mean)
		}
		variance := 0.0
		if len(nums) > 1 {
			variance = m2 / float64(len(nums)-1)
		}
		sorted := slices.Sorted(slices.Values(nums))
		rank := max(1, int(math.Ceil(float64(p)/100*float64(len(nums)))))
		want := map[string]float64{"n": float64(len(nums)), "s": sum, "a": mean, "lo": sorted[0], "hi": sorted[len(sorted)-1],
			"p": sorted[rank-1], "v": variance, "d": float64(len(distinct)), "e": nums[0], "l": nums[len(nums)-1]}
		for _, c := range res.Rows[0] {
			got, err := strconv.ParseFloat(c.Value, 64)
			if w := want[c.Field]; err != nil || math.Abs(got-w) > 1e-9*max(1, math.Abs(w)) {
				t.Errorf("%s = %s, want %v", c.Field, c.Value, w)
			}
		}
	})
}

// TestApproximate holds the sketches to the errors the package doc promises.
func TestApproximate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 60000
	p := &percentileAgg{}
	d := &distinctAgg{}
	var f float64
	call := &aggCall{arg: func(*row) value { return num(f) }}
	var all []float64
	for range n {
		f = math.Exp(r.NormFloat64()*3) * float64(1-2*(r.IntN(2)))
		all = append(all, f)
		p.add(call, nil)
		d.add(call, nil)
	}
	slices.Sort(all)
	for _, percent := range []float64{0, 1, 25, 50, 90, 99, 99.9, 100} {
		v := p.at(percent)
		want := all[max(1, int(math.Ceil(percent/100*n)))-1]
		if math.Abs(v.num-want) > sketchError*1.0001*math.Abs(want) {
			t.Errorf("pct %v = %v, want %v", percent, v.num, want)
		}
	}
	if v := d.result(); math.Abs(v.num-n) > 0.03*n {
		t.Errorf("count_distinct = %v, want about %d", v.num, n)
	}
}

// TestProgress asks for partial rows after every block, and that asking does
// not change the result.
func TestProgress(t *testing.T) {
	var values []string
	for i := range 100 {
		values = append(values, strconv.Itoa(i*7%100))
	}
	for _, text := range []string{
		"fields x", "fields x | sort x desc | limit 3", "fields x | sort x | fields x * 2 as y | filter y > 10 | limit 4",
		"stats count(*) as n, pct(x, 50) as p by i % 4 as k | filter n > 1 | sort n desc, k",
		"stats sum(x) as s by i % 10 as k | stats max(s)", "fields i % 50 as k | dedup k",
		"pattern @message | sort @pattern", "pattern @message | anomaly", "diff | limit 3", "outlier x | sort x desc | limit 5", "fields x | sessionize i",
		"countFrequent x | limit 4", "relevantfields x where i > 50", "stats count(*) as n by bin(10ms) | fillmissing with 0 for n",
		"join left=a right=b where a.i = b.x (limit 9) | stats sum(b.i) as s by i | sort s", "fields x | sort x | accum x as s | limit 7",
	} {
		mem, req := numbers(t, values)
		mem.BlockLen = 9
		req.Query = mustParse(t, text)
		want, err := Run(context.Background(), mem, req, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.ProgressEvery = -1
		var last Progress
		var rows [][]Cell
		calls := 0
		got, err := Run(context.Background(), mem, req, func(p Progress) {
			if p.Statistics.RecordsScanned < last.Statistics.RecordsScanned {
				t.Errorf("%s: scanned went from %v to %v", text, last.Statistics, p.Statistics)
			}
			last, rows, calls = p, p.Rows(), calls+1
		})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: progress changed the result\n%s", text, d)
		}
		if d := cmp.Diff(got.Rows, rows); d != "" || calls != 12 {
			t.Errorf("%s: %d calls; the last partial rows are not the result\n%s", text, calls, d)
		}
		if d := cmp.Diff(got.Columns, last.Columns); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
}

// TestEarlyStop checks that queries which can stop do not read on.
func TestEarlyStop(t *testing.T) {
	values := slices.Repeat([]string{"1"}, 1000)
	check := func(text string, most float64) {
		t.Helper()
		mem, req := numbers(t, values)
		mem.BlockLen = 10
		req.Query = mustParse(t, text)
		r, err := Run(context.Background(), mem, req, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Statistics.RecordsScanned > most {
			t.Errorf("%s scanned %v events, want at most %v", text, r.Statistics.RecordsScanned, most)
		}
	}
	check("limit 5", 10)
	check("fields @timestamp, @message | filter @message like /x/ | sort @timestamp desc | limit 5", 10)
	check("fields x | limit any 5", 10)
	check("fields i | dedup i | limit 15", 20)
	check("fields x | limit 5 | sort x", 10)
	check("fields x | sort x | limit 5", 1000)
	check("stats count(*)", 1000)
}

// TestColumns checks that a scan asks only for what the query reads.
func TestColumns(t *testing.T) {
	check := func(text string, order logs.Order, want logs.Columns) {
		t.Helper()
		_, req := numbers(t, nil)
		req.Query = mustParse(t, text)
		p, err := compile(&req)
		if err != nil {
			t.Fatal(err)
		}
		if p.columns != want || p.order != order {
			t.Errorf("%s: order %d columns %06b, want %d %06b", text, p.order, p.columns, order, want)
		}
	}
	const place = logs.ColGroup | logs.ColTimestamp | logs.ColSeq // what @ptr needs
	check("stats count(*)", logs.AnyOrder, 0)
	check("stats count(*) by bin(5m)", logs.AnyOrder, logs.ColTimestamp)
	check("stats count(*) by @log", logs.AnyOrder, logs.ColGroup)
	check("filter @message like /x/ | stats count(*)", logs.AnyOrder, logs.ColMessage)
	check("stats avg(@duration)", logs.AnyOrder, logs.ColMessage|logs.ColGroup|logs.ColStream)
	check("pattern @message", logs.AnyOrder, logs.ColMessage)
	check("countFrequent @log", logs.AnyOrder, logs.ColGroup)
	check("stats rate(@ingestionTime, 1m)", logs.AnyOrder, logs.ColIngested|logs.ColTimestamp|logs.ColSeq)
	check("fields @message | accum x", logs.NewestFirst, logs.AllColumns&^logs.ColIngested)
	check("stats latest(@ingestionTime)", logs.AnyOrder, logs.ColIngested|logs.ColTimestamp|logs.ColSeq)
	check("fields @timestamp", logs.NewestFirst, place)
	check("fields @message | sort @message", logs.AnyOrder, place|logs.ColMessage)
	check("fields @timestamp | sort @timestamp desc", logs.NewestFirst, place)
}

func TestCancel(t *testing.T) {
	mem, req := numbers(t, slices.Repeat([]string{"1"}, 1000))
	mem.BlockLen = 10
	req.Query = mustParse(t, "stats count(*)")
	req.ProgressEvery = -1
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := 0.0
	_, err := Run(ctx, mem, req, func(p Progress) { seen = p.Statistics.RecordsScanned; cancel() })
	if !errors.Is(err, context.Canceled) || seen != 10 {
		t.Errorf("got %v after %v events, want context.Canceled after 10", err, seen)
	}
	mem.Close()
	if _, err := Run(context.Background(), mem, req, nil); !errors.Is(err, logs.ErrClosed) {
		t.Errorf("got %v, want logs.ErrClosed", err)
	}
}

// TestMemoryIsBounded runs what would hold much under small budgets.
func TestMemoryIsBounded(t *testing.T) {
	var values []string
	for i := range 2000 {
		values = append(values, strconv.Quote(strings.Repeat("v", 100)+strconv.Itoa(i)))
	}
	check := func(text string, memory int64, where string) {
		t.Helper()
		mem, req := numbers(t, values)
		req.Query, req.MaxMemory = mustParse(t, text), memory
		_, err := Run(context.Background(), mem, req, nil)
		e := new(LimitError)
		switch {
		case where == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case where != "" && (!errors.As(err, &e) || e.Where != where || e.Limit != memory):
			t.Errorf("%s: got %v, want a memory error in %s", text, err, where)
		}
	}
	check("fields x | sort x", 100_000, "sort")
	check("fields x | sort x | limit 10", 100_000, "") // only the top rows are held
	check("fields x", 100_000, "the result")
	check("stats count(*) by x", 100_000, "stats")
	check("stats count_distinct(x)", 20_000, "stats")
	check("stats pct(i, 50)", 10_000, "stats")
	check("stats count(*)", 10_000, "")
	check("fields x | dedup x | limit 2000", 100_000, "dedup")
	check("stats values(x)", 100_000, "stats")
	check("stats histogram(i, 3)", 10_000, "stats")
	check("fields x | outlier i", 100_000, "outlier")
	check("sessionize x", 100_000, "sessionize")
	check("countFrequent x", 100_000, "countFrequent")
	check("relevantfields where i > 5", 100_000, "relevantfields")
	check("filter x in (fields x) | stats count(*)", 100_000, "the subquery of in")
	check("join left=a right=b where a.x = b.x (fields x) | stats count(*)", 100_000, "join")
	check("stats count(*) | appendcols (fields x)", 100_000, "appendcols")
	check("stats count(*) by bin(1ms) | fillmissing | limit 2", 100_000, "stats")
}
