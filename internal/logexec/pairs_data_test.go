package logexec

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
)

// logKind is the messages of one log group.
type logKind struct {
	name   string
	group  string
	events []logparttest.Event
	rows   int // of a part
}

// logKinds are lines as servers and programs write them, and those of the
// busiest log groups of a simulated account, some n events each.
func logKinds(t testing.TB, n int) (kinds []logKind) {
	t.Helper()
	for i, of := range []struct {
		name string
		rows int
		line func(r *rand.Rand, at time.Time) string
	}{
		{"access", n, accessLine},
		{"access-small", 250, accessLine},
		{"syslog", n, syslogLine},
		{"json", n, jsonLine},
		{"logfmt", n, logfmtLine},
		{"prose", n, proseLine},
		{"prose-small", 250, proseLine},
	} {
		r := rand.New(rand.NewPCG(11, uint64(i)))
		k := logKind{name: of.name, group: "/var/log/" + of.name, rows: of.rows}
		at := estateStart
		for range n {
			at = at.Add(time.Duration(r.IntN(3000)) * time.Millisecond)
			k.events = append(k.events, logparttest.Event{Timestamp: at.UnixMilli(), Ingested: at.UnixMilli() + 500, Message: of.line(r, at)})
		}
		kinds = append(kinds, k)
	}
	events, groups, _ := estateEvents(t, 50*n, 30)
	count := map[logs.GroupID]int{}
	for i := range events {
		count[events[i].Group]++
	}
	for _, of := range []struct{ name, prefix string }{
		{"lambda", "/aws/lambda/"}, {"glue", "/aws-glue/"}, {"s3", "/skywatch/s3/"}, {"gateway", "/aws/apigateway/"}, {"execution", "API-Gateway-Execution-Logs"},
	} {
		var most Group
		for _, g := range groups {
			if strings.HasPrefix(g.Name, of.prefix) && count[g.ID] > count[most.ID] {
				most = g
			}
		}
		k := logKind{name: of.name, group: most.Name, rows: n}
		for i := range events {
			if events[i].Group == most.ID && len(k.events) < n {
				k.events = append(k.events, events[i])
			}
		}
		kinds = append(kinds, k)
	}
	for _, k := range kinds {
		if len(k.events) == 0 {
			t.Fatalf("no events of %s", k.name)
		}
		for i := range k.events {
			k.events[i].Group, k.events[i].Stream = 1, 1
		}
	}
	return kinds
}

func oneOf(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// words are n words, few of them often.
func words(r *rand.Rand, n int) string {
	list := strings.Fields("order user cache index table query batch worker queue token bucket stream shard node region account invoice session payload schema retry offset partition schedule report record metric field value key lock file page view cart item price stock route agent")
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(list[int(float64(len(list))*r.Float64()*r.Float64())])
	}
	return b.String()
}

// accessLine is a line of a web server in the combined format.
func accessLine(r *rand.Rand, at time.Time) string {
	referrer, size := "-", "-"
	if r.IntN(3) > 0 {
		referrer = fmt.Sprintf("https://%s.example/%s", oneOf(r, "www", "shop", "blog"), strings.ReplaceAll(words(r, 1+r.IntN(3)), " ", "/"))
	}
	if r.IntN(10) > 0 {
		size = fmt.Sprint(r.IntN(90_000))
	}
	user := "-"
	if r.IntN(20) == 0 {
		user = oneOf(r, "ann", "bob")
	}
	path := "/" + strings.ReplaceAll(words(r, 1+r.IntN(4)), " ", "/")
	switch r.IntN(4) {
	case 0:
		path += fmt.Sprintf("?page=%d&id=%x", r.IntN(30), r.Uint32())
	case 1:
		path += fmt.Sprintf("/%d.%s", r.IntN(5000), oneOf(r, "png", "css", "js", "html"))
	}
	agent := fmt.Sprintf("Mozilla/5.0 (%s) %s/%d.%d.%d Safari/537.%d", oneOf(r, "X11; Linux x86_64", "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"),
		oneOf(r, "Chrome", "Firefox", "Version"), 80+r.IntN(40), r.IntN(3), r.IntN(5000), r.IntN(40))
	if r.IntN(8) == 0 {
		agent = oneOf(r, "curl/8.5.0", "-", "Go-http-client/1.1", "ExampleBot/2.1 (+https://example.com/bot)")
	}
	return fmt.Sprintf(`%d.%d.%d.%d - %s [%s] "%s %s HTTP/1.%d" %d %s "%s" "%s"`, 10+r.IntN(190), r.IntN(256), r.IntN(256), r.IntN(256), user, at.Format("02/Jan/2006:15:04:05 -0700"),
		oneOf(r, "GET", "GET", "GET", "POST", "HEAD"), path, r.IntN(2), []int{200, 200, 200, 200, 304, 404, 301, 500}[r.IntN(8)], size, referrer, agent)
}

// syslogLine is a line of the daemons of a host.
func syslogLine(r *rand.Rand, at time.Time) string {
	head := fmt.Sprintf("%s %s ", at.Format("Jan _2 15:04:05"), oneOf(r, "web-1", "web-2", "db-1"))
	pid := 300 + r.IntN(30_000)
	ip := fmt.Sprintf("%d.%d.%d.%d", 10+r.IntN(190), r.IntN(256), r.IntN(256), r.IntN(256))
	switch r.IntN(8) {
	case 0, 1:
		return fmt.Sprintf("%ssshd[%d]: Failed password for %s%s from %s port %d ssh2", head, pid, oneOf(r, "", "invalid user "), oneOf(r, "root", "admin", "oracle", "test", "ubuntu"), ip, r.IntN(65536))
	case 2:
		return fmt.Sprintf("%ssshd[%d]: Accepted publickey for %s from %s port %d ssh2: RSA SHA256:%x", head, pid, oneOf(r, "deploy", "ann"), ip, r.IntN(65536), r.Uint64())
	case 3:
		return fmt.Sprintf("%sCRON[%d]: (%s) CMD (%s)", head, pid, oneOf(r, "root", "www-data"), oneOf(r, "run-parts /etc/cron.hourly", "/usr/local/bin/backup.sh --full", "test -x /usr/sbin/anacron"))
	case 4:
		return fmt.Sprintf("%skernel: [%d.%06d] IN=eth0 OUT= MAC=%02x:%02x:%02x SRC=%s DST=10.0.0.%d LEN=%d TTL=%d PROTO=%s SPT=%d DPT=%d", head, r.IntN(90_000), r.IntN(1_000_000),
			r.IntN(256), r.IntN(256), r.IntN(256), ip, r.IntN(9), r.IntN(1500), r.IntN(255), oneOf(r, "TCP", "UDP"), r.IntN(65536), r.IntN(1024))
	case 5:
		return fmt.Sprintf("%ssystemd[1]: %s %s.", head, oneOf(r, "Started", "Stopped", "Reloading"), oneOf(r, "Session 42 of user root", "Daily apt activities", "A high performance web server"))
	case 6:
		return fmt.Sprintf("%spostfix/smtpd[%d]: %X: client=%s.example[%s]", head, pid, r.Uint64()>>20, words(r, 1), ip)
	}
	return fmt.Sprintf("%sapp[%d]: %s: %s", head, pid, oneOf(r, "warning", "error", "info"), words(r, 2+r.IntN(5)))
}

// jsonLine is a line of a service that logs JSON.
func jsonLine(r *rand.Rand, at time.Time) string {
	extra := ""
	switch r.IntN(4) {
	case 0:
		extra = fmt.Sprintf(`,"error":{"kind":"%s","code":%d}`, oneOf(r, "Timeout", "NotFound", "Conflict"), r.IntN(600))
	case 1:
		extra = fmt.Sprintf(`,"rows":%d,"cached":%v`, r.IntN(10_000), r.IntN(2) == 0)
	}
	return fmt.Sprintf(`{"ts":"%s","level":"%s","service":"%s","request":{"id":"%08x-1111-4222-8333-%012x","path":"/%s","status":%d},"durationMs":%.2f,"message":"%s took %d ms"%s}`,
		at.Format(time.RFC3339Nano), oneOf(r, "INFO", "INFO", "INFO", "WARN", "ERROR"), words(r, 1), r.Uint32(), r.Uint64()>>16, strings.ReplaceAll(words(r, 2), " ", "/"), 200+100*r.IntN(4),
		r.ExpFloat64()*80, words(r, 2), r.IntN(3000), extra)
}

// logfmtLine is a line of key=value pairs.
func logfmtLine(r *rand.Rand, at time.Time) string {
	s := fmt.Sprintf(`time=%s level=%s msg="%s" component=%s took=%dms`, at.Format(time.RFC3339), oneOf(r, "info", "info", "warn", "error"), words(r, 1+r.IntN(3)), words(r, 1), r.IntN(3000))
	if r.IntN(2) == 0 {
		s += fmt.Sprintf(" attempt=%d err=%q", r.IntN(5), words(r, 3))
	}
	return s
}

// proseLine is a line that no other is like.
func proseLine(r *rand.Rand, at time.Time) string {
	s := fmt.Sprintf("%s %s %s", at.Format("2006-01-02 15:04:05,000"), oneOf(r, "INFO", "WARN", "ERROR"), words(r, 3+r.IntN(12)))
	if r.IntN(2) == 0 {
		s += fmt.Sprintf(" %d %s took %d ms", r.IntN(1000), words(r, 1+r.IntN(6)), r.IntN(3000))
	}
	return s
}
