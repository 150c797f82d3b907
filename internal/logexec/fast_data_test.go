package logexec

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"skywatch/internal/estate"
	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
)

// estateStart is a Wednesday.
var estateStart = time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)

// estateEvents are at most n events of a simulated account from 10:00 on, and
// its groups and the names of its streams.
func estateEvents(t testing.TB, n int, functions int) (events []logparttest.Event, groups []Group, streams func(logs.StreamID) string) {
	t.Helper()
	e, err := estate.New(estate.Config{Seed: 3, Start: estateStart, EventsPerDay: 5_000_000, Functions: functions})
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]logs.GroupID{}
	names := []string{""}
	byName := map[string]logs.StreamID{}
	from := estateStart.Add(10 * time.Hour)
	done := fmt.Errorf("enough")
	err = e.Generate(from, from.Add(14*time.Hour), func(b estate.LogBatch) error {
		id, ok := ids[b.Group]
		if !ok {
			id = logs.GroupID(len(ids) + 1)
			ids[b.Group] = id
			groups = append(groups, Group{ID: id, Account: testAccount, Name: b.Group})
		}
		stream, ok := byName[b.Stream]
		if !ok {
			stream = logs.StreamID(len(names))
			names = append(names, b.Stream)
			byName[b.Stream] = stream
		}
		for _, ev := range b.Events {
			if len(events) >= n {
				return done
			}
			events = append(events, logparttest.Event{Group: id, Stream: stream, Timestamp: ev.Timestamp, Ingested: ev.Timestamp + 500,
				Message: string(ev.Message)})
		}
		return nil
	}, nil)
	if err != nil && err != done {
		t.Fatal(err)
	}
	return events, groups, func(id logs.StreamID) string { return names[id] }
}

// oddMessage is a message as nobody expects it, or nearly as everybody does.
func oddMessage(r *rand.Rand) string {
	id := fmt.Sprintf("%08x-1111-4222-8333-%012x", r.IntN(4), r.IntN(6))
	level := []string{"INFO", "WARN", "ERROR", "error", "DEBUG"}[r.IntN(5)]
	number := []string{fmt.Sprint(r.IntN(20)), fmt.Sprintf("%.2f", r.Float64()*10), "1.0", "1", "-3", "007", "1e3", "-0", "9007199254740993", "9007199254740992", "0.1"}[r.IntN(11)]
	switch r.IntN(20) {
	case 0:
		return "START RequestId: " + id + " Version: $LATEST\n"
	case 1:
		return "END RequestId: " + id + "\n"
	case 2, 3:
		init := ""
		if r.IntN(3) == 0 {
			init = fmt.Sprintf("Init Duration: %.2f ms\t", r.Float64()*300)
		}
		return fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: 128 MB\tMax Memory Used: %d MB\t%s\n",
			id, r.Float64()*3000, r.IntN(30)*100, 60+r.IntN(60), init)
	case 4:
		return fmt.Sprintf("2026-11-20T08:00:01.123Z %s Task timed out after %d.00 seconds\n\n", id, r.IntN(9))
	case 5, 6:
		return fmt.Sprintf(`{"level":"%s","n":%s,"user":{"id":"%s","tags":["a","b%d"]},"ok":%v,"none":null}`, level,
			strings.TrimPrefix(strings.TrimPrefix(number, "00"), "-0"+"x"), id, r.IntN(3), r.IntN(2) == 0)
	case 7:
		return fmt.Sprintf("[%s]\t2026-11-20T08:00:0%d.123Z\t%s\tread {\"level\":\"%s\",\"n\":\"%s\"} timeout after %dms\n", level, r.IntN(10), id, level, number, r.IntN(40))
	case 8:
		return fmt.Sprintf(`%s timeout after %sms x=%s`, level, number, number)
	case 9:
		return fmt.Sprintf(`{"level":"%s","n":"%s","text":"say \"%s\" \u00e9","@x":%d}`, level, number, level, r.IntN(4))
	case 10:
		return fmt.Sprintf(`owner bucket-%d [18/Nov/2026:10:00:0%d +0000] 10.0.0.%d req %X REST.GET.OBJECT key/%d "GET /key/%d HTTP/1.1" 200 - %d %d %d 5 "-" "agent %d" - host= SigV4 TLS AuthHeader s3 TLSv1.2 - -`,
			r.IntN(3), r.IntN(10), r.IntN(3), r.IntN(99999), r.IntN(5), r.IntN(5), r.IntN(9000), r.IntN(9000), r.IntN(200), r.IntN(3))
	case 11:
		b := make([]byte, r.IntN(12))
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return string(b)
	case 12:
		return []string{"", " ", "{", "{}", "a\x00b", "ERR\xffOR", "ERROR", "10.0.0.1", `{"n":1} tail`, ` {"n":2} ` + "\n", `{"n":tru}`, `{"n":1,"n":2}`}[r.IntN(12)]
	case 13:
		return fmt.Sprintf("%s worker-%d lines\nover\tmany ERR OR é%d", level, r.IntN(5), r.IntN(3))
	case 14:
		return fmt.Sprintf(`{"type":"platform.report","record":{"requestId":"%s","metrics":{"durationMs":%d.5,"billedDurationMs":%d,"memorySizeMB":128,"maxMemoryUsedMB":%d}}}`, id, r.IntN(50), r.IntN(3), r.IntN(90))
	case 15:
		// Strings that are not written as they read.
		return strings.NewReplacer("RR", `\u0052R`, "1111", `11\u00311`).Replace(fmt.Sprintf(`{"level":"%s","user":{"id":"%s"},"requestId":"%s"}`, level, id, id))
	case 17, 18:
		// Texts of texts, and numbers of many forms.
		return fmt.Sprintf(`{"level":"%s","text":"order ord-%08d of %s at %s took %d.%02dms in /a/%x/b-%d","n":%d}`, level, 20_000_000+r.IntN(5000), id[:9+r.IntN(27)],
			estateStart.Add(time.Duration(r.IntN(1e9))).Format("2006-01-02T15:04:05.000Z"), r.IntN(3000)-20, r.IntN(100), r.Uint32(), r.IntN(999), r.IntN(1e6))
	case 16:
		return fmt.Sprintf("%s%s%d%stail (%s)%s", strings.ToLower(level), id, r.IntN(3), []string{"", "x", "-", "mid"}[r.IntN(4)], strings.ToUpper(id), id[:r.IntN(36)])
	}
	return fmt.Sprintf("%s %s %s", level, number, id)
}

// partOf is a part of a message as the language writes a text, maybe with a
// byte changed.
func partOf(r *rand.Rand, texts []string) string {
	t := texts[r.IntN(len(texts))]
	from := r.IntN(len(t) + 1)
	b := []byte(t[from : from+r.IntN(min(len(t)-from, 50)+1)])
	if len(b) > 0 && r.IntN(3) == 0 {
		i := r.IntN(len(b))
		b[i] = []byte("0aZzxe-. ")[r.IntN(9)]
	}
	for i, c := range b {
		if c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return string(b[:i])
		}
	}
	return string(b)
}

// oddEvents are events of a few groups: Lambda's, another one, and one that
// several functions share.
func oddEvents(r *rand.Rand, n int) (events []logparttest.Event, groups []Group, streams func(logs.StreamID) string) {
	groups = []Group{{ID: 1, Account: testAccount, Name: "/aws/lambda/f"}, {ID: 2, Account: testAccount, Name: "/aws/lambda/g"},
		{ID: 3, Account: testAccount, Name: "plain"}, {ID: 4, Account: testAccount, Name: "shared"}}
	for i := range groups {
		groups[i].Undiscovered = r.IntN(8) == 0
	}
	t := estateStart.UnixMilli()
	for range n {
		t += int64(r.IntN(3)) * int64(r.IntN(40_000))
		events = append(events, logparttest.Event{Group: logs.GroupID(1 + r.IntN(4)), Stream: logs.StreamID(1 + r.IntN(5)),
			Timestamp: t, Ingested: t + int64(r.IntN(3)), Message: oddMessage(r)})
	}
	return events, groups, func(id logs.StreamID) string {
		return []string{"", "s1", "2026/11/18/shared[$LATEST]0123456789abcdef0123456789abcdef", "s3", "2026/11/18/f[$LATEST]0123456789abcdef0123456789abcdef", "s1"}[id]
	}
}

// oddEntity is the entity of some streams of oddEvents.
func oddEntity(id logs.StreamID) map[string]string {
	if id < 3 {
		return nil
	}
	return map[string]string{"@entity.KeyAttributes.Name": []string{"1", "ERROR", "1"}[id-3]}
}

// oddQuery is a query over such events. texts are messages of some.
func oddQuery(r *rand.Rand, texts []string) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	field := func() string {
		return pick("@message", "@type", "@requestId", "@duration", "@billedDuration", "@maxMemoryUsed", "@initDuration", "@memorySize",
			"level", "n", "user.id", "user.tags.1", "ok", "none", "text", "@@x", "record.metrics.durationMs", "@log", "@logStream", "@entity.KeyAttributes.Name", "nothing", "@timestamp")
	}
	literal := func() string {
		return pick("1", "1.0", "5", "0.1", "100", "9007199254740993", `"1"`, `"1.0"`, `"ERROR"`, `"INFO"`, `"REPORT"`, `"START"`, "true", `"00000001-1111-4222-8333-000000000002"`, `"00000002-1111-4222-8333-000000000001"`, `"-3"`, `""`, `"`+partOf(r, texts)+`"`)
	}
	pattern := func() string {
		switch r.IntN(4) {
		case 0:
			return `"` + partOf(r, texts) + `"`
		case 1:
			if r.IntN(2) == 0 {
				return "/" + strings.ReplaceAll(regexp.QuoteMeta(partOf(r, texts)), "/", `\/`) + "/"
			}
			return "/(?i)" + strings.ReplaceAll(regexp.QuoteMeta(partOf(r, texts)), "/", `\/`) + "/"
		}
		return pick(`"ERROR"`, `"OR"`, `"ERR OR"`, `"nowhere at all"`, `"timeout after 1"`, `"1"`, `"level\":\"E"`, `": 1"`, `"00000001-1111-4222-8333-000000000002"`, `"Id: 0000"`, `" ms"`, `"-1111-4222"`, `"\t"`, `"ord-20000001"`, `"20000"`, `"ord-2000"`, `"-20001"`, `"00001 of"`, `"took -"`, `".07ms"`, `"4:05"`, `"2026-11"`,
			`/timeout after \d+ms/`, `/(?i)error/`, `/ERR.?OR/`, `/^\[/`, `/\d+ms$/`, `/(ERROR|WARN)/`, `/(?i)k/`, `/x=(1|7)/`, `/after \d+ms/`, `/after [0-9.]+ms/`, `/after [^ ]/`, `/(?i)TIMEOUT after -?\d{1,2}ms/`, `/[A-Z]{4,5} \d/`, `/é/`, `/"n":("1|1)/`, `/[^\x00-\x7f]/`, `/Duration: \d+\.\d\d ms/`, `/Used: \d{2} MB/`, `/Used: (6|7)/`, `""`)
	}
	var cond func(depth int) string
	cond = func(depth int) string {
		switch k := r.IntN(10); {
		case k < 3:
			return "@message " + pick("like ", "like ", "not like ") + pattern()
		case k < 4:
			f := pick("level", "user.id", "requestId", "@requestId")
			text := pick("ERROR", "DEBUG", "WARN", "WARNING")
			if f != "level" {
				text = pick("00000001-1111-4222-8333-000000000002", "00000003-1111-4222-8333-000000000001", "00000003-1111-4222-8333-00000000000f")
			}
			return f + " " + strings.ReplaceAll(pick(`= "%"`, `in ["%"]`, `in ["%", "nothing"]`, `!= "%"`), "%", text)
		case k < 5:
			return field() + " " + pick("=", "!=", "<", "<=", ">", ">=") + " " + literal()
		case k < 6:
			return field() + pick(" in", " not in") + " [" + literal() + ", " + literal() + "]"
		case k < 7:
			return field() + pick(" like ", " not like ") + pattern()
		case k < 8:
			return pick("ispresent("+field()+")", "isempty("+field()+")", "strlen("+field()+") > 4", "n + 1 > 3", "@duration > n", "strcontains(@message, \"ERROR\")")
		case depth > 2:
			return field() + " = " + literal()
		case k < 9:
			return "(" + cond(depth+1) + pick(" and ", " or ") + cond(depth+1) + ")"
		}
		return "not (" + cond(depth+1) + ")"
	}
	var q []string
	for r.IntN(3) > 0 && len(q) < 3 {
		q = append(q, "filter "+cond(0))
	}
	names := []string{}
	if r.IntN(3) == 0 {
		parse := pick(`parse @message "timeout after *ms" as p1`, `parse @message "* * *" as p1, p2, p3`, `parse @message /x=(?<p1>\S+)/`, `parse level "*R*" as p1, p2`, `fields n * 2 as p1`, `fields toupper(level) as p1, n`,
			`parse @message "RequestId: *\tDuration: * ms" as p2, p1`, `parse @message '* * [*] * * * * "*" * * *' as p2, p3, p4, p5, p6, p7, p1, p8, p9, p10, p11`, `parse @message '"GET *" * - * * ' as p2, p3, p1, p4`,
			`parse @message "\"level\":\"*\",\"n\":*," as p2, p1`, `parse @message "*[*]*" as p1, p2, p3`, `parse @message "*R*" as p1, p2`, `parse @message "*-*-*" as p2, p1, p3`, `parse @message "1*1" as p1`, `parse @message "*:**" as p2, p1, p3`,
			`parse @message ". * *" as p1, p2`, `parse @message "worker*\n*" as p1, p2`, `parse @message "*10.0.0.* *" as p2, p1, p3`, `parse @message "Used: * MB" as p1`,
			`parse @message /(?<p2>ERROR|WARN)\s+timeout after (?<p1>[^m]+)ms/`, `parse @message /Duration: (?<p1>\d+)/`, `parse @message /(?i)(?<p1>error)/`, `parse @message /^(?<p2>\S+) (?<p1>\S+)/`, `parse @message /(?<p1>x?)=/`, `parse @message csv as p1, p2`)
		q = append(q, parse)
		names = append(names, "p1")
		if strings.Contains(parse, "p2") {
			names = append(names, "p2")
		}
		if r.IntN(2) == 0 {
			q = append(q, "filter "+pick("p1 > 3", "ispresent(p1)", `p1 != "-"`, `p1 = "1"`, `p1 like /1/`, cond(0)))
		}
	}
	any := func() string {
		if len(names) > 0 && r.IntN(2) == 0 {
			return names[r.IntN(len(names))]
		}
		return field()
	}
	switch r.IntN(8) {
	case 0, 1, 2, 3:
		var aggs, keys []string
		for range 1 + r.IntN(3) {
			a := pick("count(*)", "count(*)", "count(%)", "sum(%)", "avg(%)", "min(%)", "max(%)", "pct(%, 50)", "pct(%, 99)", "stddev(%)", "count_distinct(%)", "earliest(%)", "latest(%)", "sortsFirst(%)", "sortsLast(%)", "values(%)", "topk(3, %)", "rate(%, 5m)", "histogram(%, 4)", "variance(%)")
			aggs = append(aggs, strings.ReplaceAll(a, "%", any())+fmt.Sprintf(" as a%d", len(aggs)))
		}
		for range r.IntN(3) {
			keys = append(keys, pick("bin(5m)", "bin(1h)", "bin(30s)", "@log", "@logStream", any(), any(), "toupper(level)", "floor(@duration / 500)"))
		}
		s := "stats " + strings.Join(aggs, ", ")
		if len(keys) > 0 {
			for i := range keys {
				keys[i] += fmt.Sprintf(" as k%d", i)
			}
			s += " by " + strings.Join(keys, ", ")
		}
		q = append(q, s)
		if r.IntN(4) == 0 {
			q = append(q, pick("sort a0 desc", "sort a0", "filter a0 > 2", "limit 3"))
		}
	case 4:
		q = append(q, "fields @timestamp, @message, "+any(), "sort "+any()+pick(" asc", " desc"), pick("limit 5", "limit 50", "filter n > 2"))
	case 5:
		q = append(q, "dedup "+any())
	case 6:
		q = append(q, "fields @timestamp, "+any()+", "+field(), pick("limit 7", "limit 100", "sort @timestamp desc", "sort @timestamp asc"))
	default:
		q = append(q, "display "+any()+", @ptr")
	}
	return strings.Join(q, " | ")
}
