// Package logexectest makes random log events and random queries over them, for
// holding one executor (or one block size, or one way of writing a query)
// against another. Everything follows from a seed.
//
//	w := logexectest.NewWorld(seed, 300)
//	engine.Append(ctx, w.Batches)
//	text := logexectest.NewQueries(seed).Next()
//	q, _ := insights.Parse(text)
//	a, errA := logexec.Run(ctx, engine, w.Request(q), nil)
//	…
//	diff := logexectest.Diff(a, b)
//
// The numbers in events are multiples of a quarter, so that sums do not depend
// on the order of adding.
package logexectest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logexec"
	"skywatch/internal/logs"
)

// Day is the day of all events, 2024-03-04 UTC; queries run over its second half.
var Day = time.Date(2024, 3, 4, 0, 0, 0, 0, time.UTC)

const account = "111122223333"

// World is events with all that queries over them need.
type World struct {
	Groups  []logexec.Group // ids from 1
	Streams []string        // names; ids from 1, the last one another of the first
	Batches []logs.Batch    // in the order to append
	Tables  Tables
}

// Tables is lookup tables by name.
type Tables map[string]*logexec.Table

// Lookup implements logexec.Tables.
func (t Tables) Lookup(name string) (*logexec.Table, error) { return t[name], nil }

// indexes has the fields k and status indexed in the first two groups.
type indexes struct{}

func (indexes) Since(g logs.GroupID, field string) (int64, bool) {
	return Day.Add(13 * time.Hour).UnixMilli(), g <= 2 && (field == "k" || field == "status")
}

// groupNames are of each kind of log whose fields are discovered.
var groupNames = []string{"app", "/aws/lambda/orders", "vpc", "s3-access", "dns", "API-Gateway-Execution-Logs_a/prod"}

// NewWorld makes n events, spread over the whole day.
func NewWorld(seed uint64, n int) *World {
	r := rand.New(rand.NewPCG(seed, 1))
	w := &World{Streams: []string{"s1", "2024/03/04/[$LATEST]ab", "s3", "s1"}, Tables: Tables{
		"users": {Columns: []string{"id", "name", "team"}, Rows: [][]string{{"u1", "Ann", "blue"}, {"u2", "Bob", ""}, {"u3", "Cid", "red"}, {"u1", "Dup", "red"}}},
		"nets":  {Columns: []string{"net", "zone"}, Rows: [][]string{{"10.0.0.0/8", "wide"}, {"10.1.0.0/16", "narrow"}, {"2001:db8::/32", "six"}}},
	}}
	for i, name := range groupNames {
		g := logexec.Group{ID: logs.GroupID(i + 1), Account: account, Region: []string{"eu-west-1", "us-east-1", ""}[i%3], Name: name, Undiscovered: seed%8 == uint64(i)}
		if i%2 == 0 {
			g.Tags = map[string]string{"team": "blue"}
		}
		w.Groups = append(w.Groups, g)
	}
	at := Day.UnixMilli()
	for n > 0 {
		g := r.IntN(len(groupNames))
		b := logs.Batch{Group: logs.GroupID(g + 1), Stream: logs.StreamID(1 + r.IntN(len(w.Streams))), Ingested: at + int64(r.IntN(5000))}
		if r.IntN(4) == 0 {
			b.Ingested += int64(r.IntN(8 * 60 * 60 * 1000)) // late
		}
		at = min(at+int64(r.IntN(20*60*1000)), Day.Add(24*time.Hour).UnixMilli()-1)
		t := at
		for range 1 + r.IntN(6) {
			b.Events = append(b.Events, logs.Event{Timestamp: t, Message: message(r, groupNames[g])})
			t += int64(r.IntN(3)) * int64(r.IntN(40000)) // often equal
			n--
		}
		w.Batches = append(w.Batches, b)
		if at == Day.Add(24*time.Hour).UnixMilli()-1 {
			at = Day.UnixMilli()
		}
	}
	return w
}

// Entity gives the fields of a stream's entity.
func (w *World) Entity(id logs.StreamID) map[string]string {
	switch id {
	case 2:
		return map[string]string{"@entity.KeyAttributes.Name": "orders", "@entity.Attributes.EC2.InstanceId": "7"}
	case 4:
		return map[string]string{"@entity.KeyAttributes.Name": "users"}
	}
	return nil
}

// Stream gives the name of a stream.
func (w *World) Stream(id logs.StreamID) string { return w.Streams[id-1] }

// Request runs a query over all groups of the world.
func (w *World) Request(q *insights.Query) logexec.Request {
	req := logexec.Request{Query: q, Groups: w.Groups, StartMs: Day.Add(12 * time.Hour).UnixMilli(), EndMs: Day.Add(24 * time.Hour).UnixMilli(),
		Now: Day.Add(18 * time.Hour), Stream: w.Stream, Entity: w.Entity, Tables: w.Tables, Indexes: indexes{}, Sources: map[*insights.Source][]logexec.Group{}}
	for _, s := range q.Sources() {
		req.Sources[s] = nil
		for _, g := range w.Groups {
			if len(s.Names) == 0 || slices.Contains(s.Names, g.Name) {
				req.Sources[s] = append(req.Sources[s], g)
			}
		}
	}
	return req
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// quarter is a multiple of 0.25 as text.
func quarter(r *rand.Rand) string {
	return strconv.FormatFloat(float64(r.IntN(4000)-400)/4, 'f', -1, 64)
}

func requestID(r *rand.Rand) string {
	return fmt.Sprintf("3f2e1d0c-0000-4000-8000-%012d", r.IntN(12))
}

// message is an event of a group.
func message(r *rand.Rand, group string) string {
	switch {
	case r.IntN(12) == 0:
		return pick(r, "", " ", "plain text", "ERROR something failed", "bad \xff\x00 bytes", "{\"k\":", "[1,2]", "{}", "한국어 로그 17", "WARN slow 250ms\n")
	case group == "vpc":
		return fmt.Sprintf("2 123456789010 eni-%08d %s %s %d %d 6 %d %d 1418530010 1418530070 %s OK", r.IntN(4), address(r), address(r),
			r.IntN(60000), []int{22, 80, 443}[r.IntN(3)], r.IntN(100), r.IntN(10000), pick(r, "ACCEPT", "REJECT"))
	case group == "s3-access":
		return fmt.Sprintf(`79a59 bucket%d [04/Mar/2024:10:00:%02d +0000] %s - R%d %s key/%d "GET /b/key/%d HTTP/1.1" %s - %s %d %d - "-" "agent/%d" - h= SigV4 - - host TLSv1.2`,
			r.IntN(3), r.IntN(60), address(r), r.IntN(1000), pick(r, "REST.GET.OBJECT", "REST.PUT.OBJECT"), r.IntN(9), r.IntN(9),
			pick(r, "200", "404", "503"), pick(r, "-", "113", "2048"), r.IntN(5000), r.IntN(90), r.IntN(3))
	case group == "dns":
		return fmt.Sprintf("1.0 2024-03-04T10:16:02.%03dZ Z123 %s.example.com %s %s UDP FRA6 %s -", r.IntN(1000), pick(r, "a", "b", "c"), pick(r, "A", "AAAA"), pick(r, "NOERROR", "NXDOMAIN"), address(r))
	case strings.HasPrefix(group, "API-"):
		return fmt.Sprintf("(%s) %s", requestID(r), pick(r, "Method completed with status: 200", "Method completed with status: 502",
			"Received response. Status: 200, Integration latency: 241 ms", "HTTP Method: GET, Resource Path: /pets", "Endpoint request headers: {a=b}"))
	case strings.HasPrefix(group, "/aws/lambda/"):
		return lambda(r)
	}
	return application(r)
}

func address(r *rand.Rand) string {
	return pick(r, "10.0.0.1", "10.1.2.3", "192.168.1.9", "8.8.8.8", "127.0.0.1", "2001:db8::1", "-")
}

func lambda(r *rand.Rand) string {
	id := requestID(r)
	switch r.IntN(5) {
	case 0:
		return "START RequestId: " + id + " Version: $LATEST\n"
	case 1:
		return "END RequestId: " + id + "\n"
	case 2, 3:
		init := ""
		if r.IntN(3) == 0 {
			init = "Init Duration: " + strconv.Itoa(100+r.IntN(400)) + ".25 ms\t"
		}
		return fmt.Sprintf("REPORT RequestId: %s\tDuration: %d.50 ms\tBilled Duration: %d ms\tMemory Size: 128 MB\tMax Memory Used: %d MB\t%s\n", id, r.IntN(900), r.IntN(900), 40+r.IntN(88), init)
	}
	return fmt.Sprintf("[%s]\t2024-03-04T10:00:00.000Z\t%s\tdone {\"k\":\"%s\",\"v\":%s,\"list\":[%d,\"x\"]} ok\n", pick(r, "INFO", "ERROR"), id, pick(r, "a", "b"), quarter(r), r.IntN(5))
}

// application is a JSON event; its members come and go and change their type.
func application(r *rand.Rand) string {
	if r.IntN(6) == 0 {
		return fmt.Sprintf(`level=%s user=u%d ms=%s msg="took %dms" from %s`, pick(r, "info", "error"), r.IntN(5), quarter(r), r.IntN(3000), address(r))
	}
	if r.IntN(8) == 0 {
		return fmt.Sprintf("a%d,%s,\"q, r\",%s", r.IntN(4), quarter(r), pick(r, "x", "y"))
	}
	var m []string
	add := func(odds int, format string, args ...any) {
		if r.IntN(odds) > 0 {
			m = append(m, fmt.Sprintf(format, args...))
		}
	}
	add(9, `"k":%s`, pick(r, `"a"`, `"b"`, `"c10"`, `"c9"`, "null", "7", "7.0", `"7"`))
	add(5, `"v":%s`, pick(r, quarter(r), quarter(r), quarter(r), `"`+quarter(r)+`"`, `"n/a"`))
	add(4, `"status":%d`, []int{200, 200, 404, 500, 503}[r.IntN(5)])
	add(3, `"user":"u%d"`, r.IntN(5))
	add(3, `"ip":"%s"`, address(r))
	add(3, `"ok":%s`, pick(r, "true", "false"))
	add(2, `"o":{"p":%s,"q":["%s",%d]}`, quarter(r), pick(r, "x", "y z"), r.IntN(9))
	add(2, `"list":[%d,"%s"]`, r.IntN(4), pick(r, "x", "y"))
	add(2, `"js":"{\"a\":{\"b\":%d},\"l\":[1,{\"t\":\"%s\"}]}"`, r.IntN(5), pick(r, "i", "j"))
	add(2, `"d":"%s"`, pick(r, "2024-03-01", "2024-02-30", "2023-12-31 ", "soon"))
	add(3, `"msg":"%s"`, pick(r, "order 17 done", "order 9912 done", "timeout after 250ms", "Ünïcode <b>", ""))
	return "{" + strings.Join(m, ",") + "}"
}

// tolerance is how far two numbers may be apart, relatively: executors may add
// up in different orders.
const tolerance = 1e-9

// Diff says where two results differ in columns or rows, "" when they are the
// same. Numbers may differ in their last digits. Statistics do not count.
func Diff(a, b *logexec.Result) string {
	if !slices.Equal(a.Columns, b.Columns) {
		return fmt.Sprintf("columns %q and %q", a.Columns, b.Columns)
	}
	if len(a.Rows) != len(b.Rows) {
		return fmt.Sprintf("%d rows and %d rows", len(a.Rows), len(b.Rows))
	}
	for i := range a.Rows {
		x, y := a.Rows[i], b.Rows[i]
		same := slices.EqualFunc(x, y, func(c, d logexec.Cell) bool { return c.Field == d.Field && sameValue(c.Value, d.Value) })
		if !same {
			return fmt.Sprintf("row %d:\n%v\n%v", i, x, y)
		}
	}
	return ""
}

func sameValue(a, b string) bool {
	if a == b {
		return true
	}
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && math.Abs(x-y) <= tolerance*max(1, math.Abs(x), math.Abs(y))
}
