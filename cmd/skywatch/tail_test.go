package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"skywatch/internal/server"
)

// screen collects what a command writes while it runs.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// until waits for a text to be on the screen.
func (s *screen) until(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(s.String(), want) {
			return
		}
	}
	t.Fatalf("%q does not come; there is:\n%s", want, s)
}

// importLines puts lines into a group of the server.
func importLines(t *testing.T, s *server.Server, group string, lines ...string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.log")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	con := &console{in: strings.NewReader(""), out: &out, err: &errs, now: func() time.Time { return noon }}
	if code := run(context.Background(), []string{"import", path, "--group", group, "--endpoint", s.URL()}, con); code != 0 {
		t.Fatalf("import: exit %d, %s", code, errs.String())
	}
}

// Tail shows what comes, late events and new groups too, each once, over a
// restart of the server, until it is ended.
func TestTailFollows(t *testing.T) {
	data := t.TempDir()
	s := startServer(t, data, "127.0.0.1:0", anyAge)
	isolate(t, s)
	importLines(t, s, "etl/a", "2024-06-01T11:59:00Z one", "2024-06-01T10:00:00Z too old for since", "2024-06-01T11:59:30Z two\x1b[2J")
	var out, errs screen
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan int, 1)
	go func() {
		con := &console{in: strings.NewReader(""), out: &out, err: &errs, now: func() time.Time { return noon }, width: 200, color: true}
		ended <- run(ctx, []string{"tail", "etl/*", "--interval", "20ms", "--late", "1h"}, con)
	}()
	out.until(t, `two\x1b[2J`)
	importLines(t, s, "etl/a", "2024-06-01T11:59:45Z ERROR three")
	out.until(t, "\x1b[31m2024-06-01T11:59:45Z ERROR three")
	stopServer(t, s)
	errs.until(t, "waiting for the server")
	s = startServer(t, data, strings.TrimPrefix(s.URL(), "http://"), anyAge)
	errs.until(t, "the server is back")
	importLines(t, s, "etl/a", "2024-06-01T11:59:50Z four", "2024-06-01T11:58:00Z late")
	out.until(t, "four")
	out.until(t, "late")
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("ended with exit code %d: %s", code, errs.String())
	}
	for _, want := range []string{" one", " two", " three", " four", " late"} {
		if n := strings.Count(out.String(), want); n != 1 {
			t.Errorf("%q came %d times:\n%s", want, n, out.String())
		}
	}
	if strings.Contains(out.String(), "too old") || strings.Contains(out.String(), "\x1b[2J") {
		t.Errorf("what should not be there is:\n%s", out.String())
	}
}

// Many pages of several groups come in one order of time, complete.
func TestTailMergesPages(t *testing.T) {
	s := startServer(t, t.TempDir(), "127.0.0.1:0", anyAge)
	isolate(t, s)
	const events = 25_000
	for g := range 3 {
		var lines []string
		for i := range events {
			lines = append(lines, fmt.Sprintf("%s group %d event %d", noon.Add(time.Duration(i*3+g-3*events)*time.Millisecond).Format("2006-01-02T15:04:05.000Z"), g, i))
		}
		importLines(t, s, fmt.Sprintf("etl/%d", g), lines...)
	}
	var out, errs bytes.Buffer
	con := &console{out: &out, err: &errs, now: func() time.Time { return noon }}
	if code := run(context.Background(), []string{"tail", "etl/*", "--no-follow", "--since", "2h"}, con); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 3*events {
		t.Fatalf("%d lines, want %d", len(lines), 3*events)
	}
	for i, line := range lines {
		if want := fmt.Sprintf("group %d event %d", i%3, i/3); !strings.HasSuffix(line, want) {
			t.Fatalf("line %d is %q, want %q at its end", i, line, want)
		}
	}
}

// A live tail shows what comes while it runs, and goes on when the server does.
func TestTailLive(t *testing.T) {
	data := t.TempDir()
	s := startServer(t, data, "127.0.0.1:0", anyAge)
	isolate(t, s)
	importLines(t, s, "etl/a", "2024-06-01T11:59:00Z ERROR before")
	importLines(t, s, "etl/b", "2024-06-01T11:59:00Z ERROR before")
	var out, errs screen
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan int, 1)
	go func() {
		con := &console{in: strings.NewReader(""), out: &out, err: &errs, now: func() time.Time { return noon }}
		ended <- run(ctx, []string{"tail", "etl/*", "--live", "--filter", "ERROR", "--interval", "20ms"}, con)
	}()
	// What comes before the session has begun is not shown: put until something is.
	shown := func(text string) {
		t.Helper()
		for i := 0; !strings.Contains(out.String(), text); i++ {
			if i == 600 {
				t.Fatalf("%q does not come: %s, %s", text, out.String(), errs.String())
			}
			importLines(t, s, "etl/b", "2024-06-01T11:59:45Z ERROR "+text, "2024-06-01T11:59:46Z fine")
			time.Sleep(50 * time.Millisecond)
		}
	}
	shown("first")
	stopServer(t, s)
	errs.until(t, "waiting for the server")
	s = startServer(t, data, strings.TrimPrefix(s.URL(), "http://"), anyAge)
	errs.until(t, "the server is back")
	shown("second")
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("ended with exit code %d: %s", code, errs.String())
	}
	if strings.Contains(out.String(), "before") || strings.Contains(out.String(), "fine") || !strings.Contains(out.String(), "2024-06-01T11:59:45.000Z etl/b ") {
		t.Errorf("there is:\n%s", out.String())
	}
}

func TestTailLiveRefuses(t *testing.T) {
	s := startServer(t, t.TempDir(), "127.0.0.1:0", anyAge)
	isolate(t, s)
	f := func(want string, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		con := &console{in: strings.NewReader(""), out: &out, err: &errs, now: func() time.Time { return noon }}
		if code := run(t.Context(), append([]string{"tail", "--live"}, args...), con); code == 0 || !strings.Contains(errs.String(), want) {
			t.Errorf("tail --live %v: exit %d, %q; want %q", args, code, errs.String(), want)
		}
	}
	f("--no-follow", "g", "--no-follow")
	f("--since", "g", "--since", "1h")
	f("no log group fits", "none*")
	f("there is no log group g", "g")
	f("at most 10", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
	for in, want := range map[string]string{"arn:aws:logs:eu-west-1:1:log-group:/a/b:*": "/a/b", "123456789012:/a/b": "/a/b", "/a/b": "/a/b"} {
		if got := groupName(in); got != want {
			t.Errorf("group of %q: %q, want %q", in, got, want)
		}
	}
}
