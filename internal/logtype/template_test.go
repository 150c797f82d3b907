package logtype

import (
	"fmt"
	"strings"
	"testing"

	"skywatch/internal/colenc"
)

// TestTemplates: which sentences some messages make.
func TestTemplates(t *testing.T) {
	for _, c := range []struct {
		name string
		msg  func(i int) string
		want string
	}{
		{"numbers keep their form", func(i int) string { return fmt.Sprintf("wrote %d rows in %d.%02ds to part-%05d", i, i, i%100, i) },
			"wrote <number> rows in <number>s to part-<number>"},
		{"what never varies is static", func(i int) string { return fmt.Sprintf("v2 of log4j 1.8.0 at %d%%", i%7) }, "v2 of log4j 1.8.0 at <number>%"},
		{"a word that varies is a variable", func(i int) string {
			return fmt.Sprintf("query on %s returned %d rows", []string{"orders", "order_items", "web-events", "users", "carts"}[i%5], i)
		}, "query on <dict> returned <number> rows"},
		{"JSON by path", func(i int) string {
			return fmt.Sprintf(`{"level":"%s","n":{"v":%d.5},"ok":%v,"none":null}`, []string{"INFO", "WARN"}[i%2], i, i%3 == 0)
		}, `{"level":"<dict level>","n":{"v":<number n.v>},"ok":<dict ok>,"none":null}`},
		{"moments, ids, addresses", func(i int) string {
			return fmt.Sprintf("2026-11-20 08:%02d:%02d,%03d 8f0a2b6e-6c1d-4b2a-9d3e-%012x 10.0.%d.%d trace=%016x", i/60%60, i%60, i%1000, i/3, i%200, i%50, i*7919*104729)
		}, "<time> <uuid> <ipv4> trace=<pattern>"},
		{"a dash among numbers", func(i int) string {
			return fmt.Sprintf(`{"latency":"%s"}`, map[bool]string{true: "-", false: fmt.Sprint(i)}[i%9 == 0])
		}, `{"latency":"<number latency>"}`},
		{"a path is one variable, taken apart inside", func(i int) string {
			return fmt.Sprintf("loaded s3://lake/%s/dt=2026-11-20/part-%05d", []string{"a", "b"}[i%2], i)
		},
			"loaded s3://<nested>"},
	} {
		msgs := make([]string, 400)
		for i := range msgs {
			msgs[i] = c.msg(i)
		}
		b := roundTrip(t, msgs, make([]int64, len(msgs)), colenc.Compact)
		var got []string
		for i := range b.Templates {
			got = append(got, b.Templates[i].String())
		}
		if s := strings.Join(got, "\n"); s != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, s, c.want)
		}
	}
}

func TestFilterAndRange(t *testing.T) {
	msgs := make([]string, 1000)
	for i := range msgs {
		msgs[i] = fmt.Sprintf("took %d.%02d ms", 5+i/100, i%100)
	}
	b := roundTrip(t, msgs, make([]int64, len(msgs)), colenc.Fast)
	c := &b.Templates[0].Columns[0]
	if lo, hi, ok := c.Range(); !ok || lo != 500 || hi != 1499 || c.Forms[0].Scale != 2 {
		t.Errorf("range %d to %d, %v, forms %v", lo, hi, ok, c.Forms)
	}
	rows := colenc.NewBitmap(len(msgs))
	if _, err := b.FilterInts(rows, nil, 0, 0, 600, 649); err != nil {
		t.Fatal(err)
	}
	if got := rows.AppendRows(nil); len(got) != 50 || got[0] != 100 {
		t.Errorf("rows %v", got)
	}
}

func TestUUIDsOfABlock(t *testing.T) {
	msgs := make([]string, 600)
	for i := range msgs {
		msgs[i] = fmt.Sprintf("%s RequestId: 8f0a2b6e-6c1d-4b2a-9d3e-%012x", []string{"START", "END"}[i%2], i/2)
	}
	b := roundTrip(t, msgs, make([]int64, len(msgs)), colenc.Compact)
	if b.UUIDs() != 300 {
		t.Errorf("%d UUIDs, want 300", b.UUIDs())
	}
	u, _ := parseUUID("8f0a2b6e-6c1d-4b2a-9d3e-0000000000ff")
	code := b.FindUUID(u)
	if code < 0 || b.UUID(code) != u {
		t.Fatalf("UUID has number %d", code)
	}
	found := 0
	for k := range b.Templates {
		rows := colenc.NewBitmap(b.Templates[k].Rows)
		if _, err := b.FilterInts(rows, nil, k, 0, int64(code), int64(code)); err != nil {
			t.Fatal(err)
		}
		found += rows.Count()
	}
	if found != 2 {
		t.Errorf("%d rows of the request, want 2", found)
	}
	if u[0]++; b.FindUUID(u) >= 0 {
		t.Error("a UUID that is not there is found")
	}
}
