package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDamageIsTold spoils one byte of a segment: whatever reads its events says
// how many are missing, once for all pages, and exits with 3.
func TestDamageIsTold(t *testing.T) {
	data := t.TempDir()
	s := startServer(t, data, "127.0.0.1:0", anyAge)
	isolate(t, s)
	address := strings.TrimPrefix(s.URL(), "http://")
	const events = 30_000 // three pages
	for _, stream := range []string{"a", "b"} {
		var text strings.Builder
		for i := range events / 2 {
			fmt.Fprintf(&text, "%s INFO %s copied %d rows in %d ms\n", noon.Add(time.Duration(i-events)*time.Second).Format(time.RFC3339), stream, i*i%7919, i%97)
		}
		if _, errs, code := command(t, text.String(), "import", "-", "-g", "hurt", "--stream", stream); code != 0 {
			t.Fatalf("import: exit %d: %s", code, errs)
		}
		// Each stream is in a segment of its own, so that every page has events
		// of the whole one and meets the damaged one.
		stopServer(t, s)
		s = startServer(t, data, address, anyAge)
	}
	command(t, "2024-06-01T11:00:00Z whole\n", "import", "-", "-g", "whole")
	stopServer(t, s)
	spoilSegment(t, data)
	startServer(t, data, address, anyAge) // the environment names it

	out, errs, code := command(t, "", "export", "hurt")
	left := strings.Count(out, "\n")
	if left == events || left == 0 {
		t.Fatalf("export: %d of %d events; want some missing", left, events)
	}
	told := fmt.Sprintf("skywatch: up to %d events could not be read", events-left)
	check := func(what, out, errs string, code, rows int) {
		t.Helper()
		if n := strings.Count(out, "\n"); code != exitCut || !strings.Contains(errs, told) || n != rows {
			t.Errorf("%s: exit %d, %d rows of %d: %s\nwant exit %d and %q", what, code, n, rows, errs, exitCut, told)
		}
	}
	check("export", out, errs, code, left)
	for _, format := range []string{"ndjson", "s3"} {
		out, errs, code = command(t, "", "export", "hurt", "-o", format)
		check("export -o "+format, out, errs, code, left)
	}
	out, errs, code = command(t, "", "tail", "hurt", "--no-follow", "--since", "2d")
	check("tail", out, errs, code, left)
	for query, rows := range map[string]int{
		"fields @message":                                   left,
		"sort @timestamp asc | fields @message":             left,
		"fields @message | sort @timestamp desc | limit 10": 10,
		"filter @message like 'INFO' | stats count(*)":      1,
	} {
		out, errs, code = command(t, "", "query", "-g", "hurt", "--since", "2d", "-o", "text", query)
		check(query, out, errs, code, rows)
	}
	// By now the server knows, also where it need not read.
	out, errs, code = command(t, "", "query", "-g", "hurt", "--since", "2d", "-o", "text", "stats count(*)")
	if check("count", out, errs, code, 1); out != fmt.Sprintf("%d\n", left) {
		t.Errorf("count(*) is %s, %d events are left", out, left)
	}
	if out, errs, code := command(t, "", "export", "whole"); code != 0 || errs != "" || out != "2024-06-01T11:00:00Z whole\n" {
		t.Errorf("a whole group: exit %d: %q %s", code, out, errs)
	}
}

// spoilSegment flips a byte of the messages of a folder's first segment.
func spoilSegment(t *testing.T, data string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(data, "logs", "segments", "*.seg"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no segment: %v", err)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0x55
	if err := os.WriteFile(names[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
}
