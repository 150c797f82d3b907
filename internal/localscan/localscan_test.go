package localscan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logexec"
	"skywatch/internal/logs"
	"skywatch/internal/logs/logstest"
)

var day = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)

func textSource(name, text string) Source {
	return Source{Name: name, Open: func() (io.ReadCloser, time.Time, error) {
		return io.NopCloser(strings.NewReader(text)), day, nil
	}}
}

// sources makes files whose events are half in order, and the same events in an
// engine whose contract is known to hold.
func sources(t *testing.T, rnd *rand.Rand, events int) ([]Source, *logstest.Mem) {
	t.Helper()
	mem := logstest.NewMem()
	var out []Source
	for f := range 3 {
		var text strings.Builder
		var list []logs.Event
		for i := range events {
			at := day.Add(time.Duration(i)*time.Second + time.Duration(rnd.Intn(1+rnd.Intn(100_000)))*time.Millisecond)
			msg := at.Format("2006-01-02T15:04:05.000Z") + fmt.Sprintf(" file=%d n=%d %s", f, i, strings.Repeat("x", rnd.Intn(200)))
			list = append(list, logs.Event{Timestamp: at.UnixMilli(), Message: msg})
			text.WriteString(msg + "\n")
		}
		// The engine gives numbers in order of time; equal times keep that of the file.
		slices.SortStableFunc(list, func(a, b logs.Event) int { return int(a.Timestamp - b.Timestamp) })
		err := mem.Append(context.Background(), []logs.Batch{{Group: logs.GroupID(f + 1), Stream: logs.StreamID(f + 1), Ingested: day.UnixMilli(), Events: list}})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, textSource(fmt.Sprintf("dir/f%d.log", f), text.String()))
	}
	return out, mem
}

func collect(t *testing.T, s logs.Scanner, scan logs.Scan) []string {
	t.Helper()
	var got []string
	st, err := s.Scan(context.Background(), scan, func(b *logs.Block) error {
		for i := range b.Len {
			got = append(got, fmt.Sprint(b.Groups[i], b.Streams[i], b.Timestamps[i], b.Ingested[i], b.Messages[i]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if st.Rows != int64(len(got)) {
		t.Fatalf("%d rows counted, %d given", st.Rows, len(got))
	}
	return got
}

// Every order, range and choice gives what the model engine gives, in memory
// and over temporary files, which do not stay.
func TestScanEqualsTheModel(t *testing.T) {
	seed := time.Now().UnixNano()
	rnd := rand.New(rand.NewSource(seed))
	src, mem := sources(t, rnd, 3000)
	dir := t.TempDir()
	for _, memory := range []int64{0, 50_000} {
		s := New(src, Options{SortMemory: memory, TempDir: dir})
		for range 20 {
			scan := logs.Scan{Groups: []logs.GroupID{1, 2, 3}[rnd.Intn(3):], Columns: logs.AllColumns, Order: logs.Order(rnd.Intn(3)),
				Start: day.UnixMilli() + int64(rnd.Intn(1_000_000)), End: day.UnixMilli() + 500_000 + int64(rnd.Intn(3_000_000))}
			if rnd.Intn(3) == 0 {
				scan.Streams = []logs.StreamID{2}
			}
			got, want := collect(t, s, scan), collect(t, mem, scan)
			if scan.Order == logs.AnyOrder {
				slices.Sort(got)
				slices.Sort(want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, memory %d, %+v: %.2000s", seed, memory, scan, diff)
			}
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d temporary files are left", len(left))
	}
}

func TestScanStops(t *testing.T) {
	src, _ := sources(t, rand.New(rand.NewSource(1)), 20_000)
	s := New(src, Options{SortMemory: 100_000, TempDir: t.TempDir()})
	boom := errors.New("boom")
	for _, order := range []logs.Order{logs.AnyOrder, logs.OldestFirst, logs.NewestFirst} {
		scan := logs.Scan{Groups: []logs.GroupID{1, 2, 3}, Columns: logs.AllColumns, Order: order, End: EverythingTo}
		blocks := 0
		st, err := s.Scan(context.Background(), scan, func(*logs.Block) error { blocks++; return logs.ErrStop })
		if err != nil || blocks != 1 || st.Rows > blockRows {
			t.Errorf("order %d: ErrStop gives %v after %d blocks, %d rows", order, err, blocks, st.Rows)
		}
		if _, err := s.Scan(context.Background(), scan, func(*logs.Block) error { return boom }); !errors.Is(err, boom) {
			t.Errorf("order %d: yield's error comes back as %v", order, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		_, err = s.Scan(ctx, scan, func(*logs.Block) error { cancel(); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("order %d: cancelled scan ends with %v", order, err)
		}
	}
}

// run gives the rows of a query as text.
func run(t *testing.T, s *Scanner, text string) ([]string, logexec.Statistics) {
	t.Helper()
	q, err := insights.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	st, err := Run(context.Background(), s, Query{Query: q, EndMs: EverythingTo, Now: day}, func(columns []string, rows [][]logexec.Cell) error {
		if len(out) == 0 {
			out = append(out, fmt.Sprint(columns))
		}
		for _, r := range rows {
			out = append(out, fmt.Sprint(r))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out, st
}

// A query in pieces gives what it gives in one.
func TestRunInPiecesEqualsWhole(t *testing.T) {
	src, _ := sources(t, rand.New(rand.NewSource(2)), 60_000) // several pieces
	s := New(src, Options{SortMemory: 4 << 20, TempDir: t.TempDir()})
	for _, text := range []string{
		`fields @timestamp, @log, @logStream`,
		`filter @message like /n=\d*77 / | parse @message "n=* " as n | fields n`,
		`fields @timestamp | limit 70000`,
		`filter @message like "nothing at all"`,
	} {
		got, st := run(t, s, text)
		q, _ := insights.Parse(text)
		whole, err := logexec.Run(context.Background(), s, logexec.Request{Query: q, Groups: s.Groups(), EndMs: EverythingTo, Limit: 1 << 30, Stream: s.Stream, Now: day, MaxMemory: 1 << 40}, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{fmt.Sprint(whole.Columns)}
		for _, r := range whole.Rows {
			want = append(want, fmt.Sprint(r))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows, want %d, or others", text, len(got)-1, len(want)-1)
		}
		if !strings.Contains(text, "limit") && st.RecordsMatched != whole.Statistics.RecordsMatched {
			t.Errorf("%s: %v matched, want %v", text, st.RecordsMatched, whole.Statistics.RecordsMatched)
		}
	}
	got, st := run(t, s, `stats count(*) as n by @logStream | sort @logStream`)
	if want := "[[@logStream n] [{@logStream f0.log} {n 60000}] [{@logStream f1.log} {n 60000}] [{@logStream f2.log} {n 60000}]]"; fmt.Sprint(got) != want || st.RecordsScanned != 180000 {
		t.Errorf("got %v (%v scanned), want %s", got, st.RecordsScanned, want)
	}
}

func TestErrorsNameTheSource(t *testing.T) {
	q, _ := insights.Parse("stats count(*)")
	f := func(want string, s Source) {
		t.Helper()
		_, err := Run(context.Background(), New([]Source{s}, Options{}), Query{Query: q, EndMs: EverythingTo}, func([]string, [][]logexec.Cell) error { return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing.log")
	f(missing, FileSource(missing))
	cut := filepath.Join(t.TempDir(), "cut.gz")
	os.WriteFile(cut, []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x4b"), 0o666)
	f(cut, FileSource(cut))
}

func BenchmarkStats(b *testing.B) {
	line := "2026-01-31T12:00:00.123Z INFO worker-3 copied 1234 rows into the staging table in 53 ms\n"
	text := bytes.Repeat([]byte(line), 200_000)
	src := Source{Name: "x", Open: func() (io.ReadCloser, time.Time, error) { return io.NopCloser(bytes.NewReader(text)), day, nil }}
	for _, query := range []string{`stats count(*) by bin(5m)`, `filter @message like "ERROR"`, `filter @message like /in \d+ ms/ | stats count(*)`} {
		b.Run(query, func(b *testing.B) {
			q, err := insights.Parse(query)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := Run(context.Background(), New([]Source{src}, Options{}), Query{Query: q, EndMs: EverythingTo}, func([]string, [][]logexec.Cell) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
