package logexec

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
)

// heapNow is what the heap holds, in bytes.
func heapNow() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools kept from the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// held is what a run says that it holds, and what the heap does.
type held struct{ said, heap int64 }

func (h held) String() string {
	return fmt.Sprintf("%.2f MB said, %.2f MB held, %.2f times", float64(h.said)/1e6, float64(h.heap)/1e6, float64(h.heap)/float64(max(h.said, 1)))
}

// peak runs a query over so many events and answers what its stages hold when
// all are read, and what its rows hold in the end.
func peak(t testing.TB, src logs.Scanner, text string, events int) (stages, rows held) {
	t.Helper()
	req := Request{Query: mustParse(t, text), Groups: []Group{{ID: 1, Account: testAccount, Name: "g"}}, EndMs: int64(events) * eventEvery,
		Limit: NoLimit, MaxMemory: 4 << 30, ProgressEvery: -1}
	req.setDefaults()
	p, err := compile(&req)
	if err != nil {
		t.Fatal(err)
	}
	before := heapNow()
	e := &execution{ctx: t.Context(), scanner: src, req: &req, plan: p, budget: newBudget(t.Context(), req.MaxMemory, nil)}
	e.progress = func(pr Progress) {
		if n := int(pr.Statistics.RecordsScanned); n > 0 && n%events == 0 { // the events are read once more by a subquery
			stages = held{e.budget.used.Load(), heapNow() - before}
		}
	}
	done, err := e.run()
	if err != nil {
		t.Fatal(err)
	}
	e, p = nil, nil
	rows = held{RowsBytes(done.Rows), heapNow() - before}
	runtime.KeepAlive(done)
	runtime.KeepAlive(src)
	return stages, rows
}

const eventEvery = 100 // milliseconds

// wordy are events with a short id, a number and a name in a longer text.
func wordy(n, words int) []logparttest.Event {
	r := rand.New(rand.NewPCG(1, 2))
	var events []logparttest.Event
	for i := range n {
		id, fill := fmt.Sprintf("%016x", r.Uint64()), strings.Repeat("word ", words+r.IntN(words))
		m := fmt.Sprintf(`{"id":"%s","n":%d,"user":{"name":"u%d","roles":["a%d","b","c"]},"text":"%s"}`, id, i, r.IntN(n/50), r.IntN(10), fill)
		if i%2 == 0 {
			m = fmt.Sprintf("%s took %d.%03d ms for u%d of %s", id, r.IntN(5000), r.IntN(1000), r.IntN(n/50), fill)
		}
		events = append(events, logparttest.Event{Group: 1, Stream: logs.StreamID(1 + r.IntN(5)), Timestamp: int64(i) * eventEvery, Message: m})
	}
	return events
}

// The budget is told of about as much as the heap holds, for everything that
// keeps something: else its limit means nothing. Texts that were cut from longer
// ones do not hold these.
func TestBudgetIsTrue(t *testing.T) {
	const short, long = 8000, 800
	typed := logparttest.New(wordy(short, 10), logparttest.Options{BlockRows: 1000})
	untyped := logparttest.New(wordy(long, 400), logparttest.Options{BlockRows: 100, PlainShare: 100})
	for _, text := range []string{
		"fields id | sort id",
		"fields @message | sort @message",
		`parse @message "* took * ms" as a, b | sort b | display a, b`,
		`parse @message /for (?<who>u\d+)/ | display who`,
		`parse @message /(?<c>wo)rd / multi | limit 20000 | display c`,
		"parse @message logfmt as m | sort m.x | display m.x",
		"parse @message csv as a, b | display a",
		"fields substr(@message, 0, 20) as s, trim(s) as u | display u",
		"fields concat(id, '-', id) as c | sort c",
		"fields jsonParse(@message) as j | sort j.id | display j.id",
		"fields split(@message, ' ') as l | unnest l into w | filter w like /took/ | display w",
		"unnest user.roles into r | sort r | display r",
		"dedup id",
		"fields id",
		"fields @message",
		"stats count(*) by id",
		"stats count(*) by @message",
		"stats count(*) by id, n, @logStream",
		"stats count(*) by concat(id, '-', n)",
		`parse @message "* took" as a | stats count(*) by a`,
		"stats count(*), sum(n), avg(n), min(n), max(n), stddev(n) by id",
		"stats pct(n, 50) by id",
		"stats pct(n, 50) by user.name",
		"stats count_distinct(n) by id",
		"stats count_distinct(id) by user.name",
		"stats values(id) by id",
		"stats values(id) by user.name",
		"stats earliest(id), latest(n), max(id) by id",
		"stats histogram(n, 10) by id",
		"pattern @message",
		"join type=inner left=l right=r where l.id = r.id (fields id, n, user.name) | stats count(r.n), count(r.user.name)",
		"filter id in (fields id) | stats count(*)",
		"countFrequent id",
		"sessionize id",
		"outlier n | display n",
		"stats count(*) by bin(1m), id | fillmissing with 0 for `count(*)`",
		"relevantfields where n > 3",
		"fields id | appendcols (fields id as other)",
	} {
		for _, c := range []struct {
			name   string
			src    logs.Scanner
			events int
		}{{"short texts", typed, short}, {"long texts", untyped, long}} {
			stages, rows := peak(t, c.src, text, c.events)
			t.Logf("%s, %s: stages %v; rows %v", text, c.name, stages, rows)
			for _, h := range []held{stages, rows} {
				const worker = 500_000 // what reads blocks is not counted
				if h.heap > h.said*3/2+worker || h.heap < h.said/2-worker {
					t.Errorf("%s, %s: %v", text, c.name, h)
				}
			}
		}
	}
}
