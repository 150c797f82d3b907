package logexec

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"skywatch/internal/colenc"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// pathSentences are texts that pack in several ways: what is a number or a word
// in one block is the same in all rows of another one.
var pathSentences = []func(r *rand.Rand, at int64) string{
	func(r *rand.Rand, at int64) string {
		return fmt.Sprintf("%s/dt=2026-11-%02d/hour=%02d/part-%05d.parquet", tableWord(r), 10+r.IntN(2), r.IntN(4), r.IntN(1+r.IntN(60)))
	},
	func(r *rand.Rand, at int64) string {
		return fmt.Sprintf("clicks/dt=2026-11-10/hour=%02d/part-%05d.parquet", 10+r.IntN(4), r.IntN(60))
	},
	func(r *rand.Rand, at int64) string {
		return fmt.Sprintf("clicks/dt=2026-11-10/hour=%d/part-%d.parquet", r.IntN(14), []int{1, 12, 99999, 100000, 123456}[r.IntN(5)]+r.IntN(20))
	},
	func(r *rand.Rand, at int64) string {
		return fmt.Sprintf("orders/dt=2026-11-%02d/hour=%02d/part-00001.parquet", 10+r.IntN(3), 1+r.IntN(12))
	},
	func(r *rand.Rand, at int64) string { return fmt.Sprintf("a/%d/b/%d", r.IntN(90)-4, r.IntN(5)) },
	func(r *rand.Rand, at int64) string { return fmt.Sprintf("a/%03d/b/%d", r.IntN(90), r.IntN(5)) },
	func(r *rand.Rand, at int64) string {
		return fmt.Sprintf("a/%d.%d/b/%d", r.IntN(5), r.IntN(30), r.IntN(2))
	},
	func(r *rand.Rand, at int64) string {
		return fmt.Sprintf("a/%.2f/b/%.1f", r.Float64()/4, r.Float64()/4)
	},
	func(r *rand.Rand, at int64) string { return fmt.Sprintf("host 10.0.%d.%d up", r.IntN(3), r.IntN(12)) },
	func(r *rand.Rand, at int64) string { return fmt.Sprintf("host 10.0.%d.300 up", r.IntN(12)) },
	func(r *rand.Rand, at int64) string { return fmt.Sprintf("seen %d of %d", at/1000, r.IntN(2)) },
	func(r *rand.Rand, at int64) string {
		return time.UnixMilli(at/5000*5000).UTC().Format("at 2006-01-02T15:04:05Z") + fmt.Sprintf(" by w%d", r.IntN(2))
	},
	func(r *rand.Rand, at int64) string {
		return fmt.Sprintf("n%d-%d-%d", r.IntN(3), r.IntN(4)-2, r.IntN(3))
	},
	func(r *rand.Rand, at int64) string { return "-" },
	func(r *rand.Rand, at int64) string { return fmt.Sprint(r.IntN(40)) },
}

func tableWord(r *rand.Rand) string {
	return []string{"clicks", "orders", "click", "clicks/dt=2026-11-10", "a"}[r.IntN(5)]
}

// pathEvents are events of a text that packs and a number, of a few sentences at
// a time.
func pathEvents(r *rand.Rand, n int) (events []logparttest.Event, groups []Group) {
	groups = []Group{{ID: 1, Account: testAccount, Name: "one"}, {ID: 2, Account: testAccount, Name: "two"}}
	at := estateStart.UnixMilli()
	pool := len(pathSentences)
	if r.IntN(2) == 0 {
		pool = 1 // whose shapes mostly are of different texts
	}
	var now []int
	for i := range n {
		if i%(n/5+1) == 0 {
			now = nil
			for range 1 + r.IntN(3) {
				now = append(now, r.IntN(pool))
			}
		}
		at += int64(r.IntN(300))
		path := pathSentences[now[r.IntN(len(now))]](r, at)
		ms := fmt.Sprint(r.IntN(500))
		switch r.IntN(40) {
		case 0:
			ms = `"-"`
		case 1:
			ms = "1.50"
		}
		message := fmt.Sprintf(`{"path":"%s","ms":%s,"ok":%v}`, path, ms, r.IntN(2) == 0)
		events = append(events, logparttest.Event{Group: logs.GroupID(1 + r.IntN(2)), Stream: 1, Timestamp: at, Ingested: at, Message: message})
	}
	return events, groups
}

func pathQuery(r *rand.Rand) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	q := pick("", "", `filter path != "-" | `, "filter ms > 100 | ", `parse @message '"path":"*"' as p | `, "filter ok | ")
	key := "path"
	if strings.Contains(q, "parse") {
		key = "p"
	}
	aggs := []string{pick("count(*) as n", "count(*) as n", "2 * count(*) - 3 as n", "max(ms) as n", "count(ms) as n", "0 - count(*) as n")}
	for range r.IntN(3) {
		aggs = append(aggs, pick("pct(ms, 99)", "pct(ms, 50)", "avg(ms)", "sum(ms)", "stddev(ms)", "variance(ms)", "max(ms)", "values(ms)", "count(ms)", "n + 1"))
	}
	for i := range aggs {
		if i > 0 {
			aggs[i] += fmt.Sprintf(" as a%d", i)
		}
	}
	by := pick(key, key, key+", @log", "@log, "+key, key+", ok", key+" as k, "+key+" as l", "ok, "+key)
	if r.IntN(8) == 0 {
		aggs = append(aggs, "sum(none) as b")
	}
	q += "stats " + strings.Join(aggs, ", ") + " by " + by
	if r.IntN(5) > 0 {
		q += " | sort " + pick("n desc", "n desc", "n", "n desc, "+key, "n desc, "+key+" desc", key+" desc", "n % 5 desc", "n + 1, n desc", "strlen("+key+"), n")
	}
	if r.IntN(5) > 0 {
		q += " | limit " + pick("1", "3", "20", "200")
	}
	return q
}

// TestPackedKeys groups by texts that pack, that do not, and that are equal
// however they are packed.
func TestPackedKeys(t *testing.T) {
	seed := *fastSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-fastseed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	defer func(share, wait int64) { packedShare, packedWait = share, wait }(packedShare, packedWait)
	var src *logparttest.Source
	var req Request
	for i := range *fastCount {
		if i%20 == 0 {
			events, groups := pathEvents(r, 300+r.IntN(4000))
			src = logparttest.New(events, logparttest.Options{BlockRows: []int{60, 1000, 5000, 5000}[r.IntN(4)], Overlap: 1 + r.IntN(2),
				PlainShare: max(0, r.IntN(60)-30), DropShare: max(0, r.IntN(60)-30), Seed: r.Uint64(), Level: colenc.Fast})
			req = Request{Groups: groups, EndMs: 1 << 60, Now: estateStart, Stream: func(logs.StreamID) string { return "s" }}
			packedShare, packedWait = []int64{2, 2, 1 << 14}[r.IntN(3)], []int64{16 << 20, 400_000, 1}[r.IntN(3)]
		}
		q, err := insights.Parse(pathQuery(r))
		if err != nil {
			continue
		}
		req.Query, req.MaxGroups = q, 0
		if r.IntN(4) == 0 {
			req.MaxGroups = 1 + r.IntN(300)
		}
		samePlain(t, src, req)
	}
}

// TestPackedTexts holds packed keys of random shapes against their texts: equal
// ones have equal keys, unless the shapes said that this is not certain.
func TestPackedTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	statics := []string{"", "", "/", "a", "-", ".", "1", "/1", "a/", ":", " "}
	times := []logtype.Layout{0x000, 0x100, 0x110, 0x200} // of day, dates with - and /, both
	type textOf struct {
		shape *keyShape
		key   packedKey
	}
	var shapes []*keyShape
	for range 60 {
		s := &keyShape{bits: 64, static: []string{statics[r.IntN(len(statics))]}}
		for range r.IntN(3) {
			v := keyVar{kind: []logtype.Kind{logtype.KindNumber, logtype.KindNumber, logtype.KindIPv4, logtype.KindTime}[r.IntN(4)]}
			switch v.kind {
			case logtype.KindNumber:
				v.scale = uint8(r.IntN(3) / 2)
			case logtype.KindTime:
				v.layout = times[r.IntN(len(times))]
			}
			s.vars, s.static = append(s.vars, v), append(s.static, statics[r.IntN(len(statics))])
		}
		shapes = append(shapes, s)
	}
	seen := map[string][]textOf{}
	for n := range 30_000 {
		s := shapes[n%len(shapes)]
		var codes [2]uint64
		for i, v := range s.vars {
			switch v.kind {
			case logtype.KindNumber:
				codes[i], _ = packNumber(int64(r.IntN(23)-2), &logtype.Form{Scale: v.scale, Width: uint8(r.IntN(3))})
			case logtype.KindIPv4:
				codes[i] = uint64(1<<24 | r.IntN(12))
			default:
				codes[i] = uint64(2 * r.IntN(3))
			}
		}
		k := packedKey{shape: uint32(n % len(shapes))}
		switch len(s.vars) {
		case 1:
			k.lo = codes[0]
		case 2:
			k.hi, k.lo = codes[0], codes[1]
		}
		text := string(s.appendText(nil, &k))
		for _, o := range seen[text] {
			if o.shape != s && !(o.shape.meets(s) && s.meets(o.shape)) || o.shape == s && o.key != k && s.certain() {
				t.Fatalf("%q is a text of %+v and of %+v, %+v and %+v, which is said to be impossible", text, *s, *o.shape, k, o.key)
			}
		}
		if len(seen[text]) < 40 {
			seen[text] = append(seen[text], textOf{s, k})
		}
	}
}

// TestPackNumber reads packed numbers back.
func TestPackNumber(t *testing.T) {
	for _, c := range []struct {
		n    int64
		form logtype.Form
		want string
	}{
		{0, logtype.Form{}, "0"}, {7, logtype.Form{Width: 2}, "07"}, {12, logtype.Form{Width: 2}, "12"}, {-5, logtype.Form{}, "-5"},
		{5, logtype.Form{Scale: 2}, "0.05"}, {-1234, logtype.Form{Scale: 2, Width: 3}, "-012.34"}, {999_999_999_999_999_999, logtype.Form{}, "999999999999999999"},
		{99_999, logtype.Form{}, "99999"}, {100_000, logtype.Form{}, "100000"},
	} {
		code, ok := packNumber(c.n, &c.form)
		v := keyVar{kind: logtype.KindNumber, scale: c.form.Scale}
		if got := string(v.appendPacked(nil, code)); !ok || got != c.want {
			t.Errorf("%d of %+v is %q, %v, want %q", c.n, c.form, got, ok, c.want)
		}
	}
	if _, ok := packNumber(1e18, &logtype.Form{}); ok {
		t.Error("a number of 19 digits packs")
	}
}
