package estate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// memoryWriter keeps what it is given and holds the writer to the rules.
type memoryWriter struct {
	mu      sync.Mutex
	groups  map[string]int
	streams map[[2]string]int
	lines   []string
	order   []string // what kind of request came when
	err     error
	fail    func(op string) error
}

func newMemoryWriter() *memoryWriter {
	return &memoryWriter{groups: map[string]int{}, streams: map[[2]string]int{}}
}

// enter locks and returns the failure to simulate.
func (w *memoryWriter) enter(op string) error {
	w.mu.Lock()
	if w.fail != nil {
		return w.fail(op)
	}
	return nil
}

func (w *memoryWriter) note(err error) {
	if err != nil && w.err == nil {
		w.err = err
	}
}

func (w *memoryWriter) CreateLogGroup(_ context.Context, group string) error {
	defer w.mu.Unlock()
	if err := w.enter("CreateLogGroup"); err != nil {
		return err
	}
	w.groups[group]++
	return nil
}

func (w *memoryWriter) CreateLogStream(_ context.Context, group, stream string) error {
	defer w.mu.Unlock()
	if err := w.enter("CreateLogStream"); err != nil {
		return err
	}
	if w.groups[group] == 0 {
		w.note(fmt.Errorf("stream in group %q, which is not created", group))
	}
	w.streams[[2]string{group, stream}]++
	return nil
}

func (w *memoryWriter) PutLogEvents(_ context.Context, b LogBatch) (int, error) {
	defer w.mu.Unlock()
	if err := w.enter("PutLogEvents"); err != nil {
		return 0, err
	}
	if w.streams[[2]string{b.Group, b.Stream}] == 0 {
		w.note(fmt.Errorf("events for stream %q of %q, which is not created", b.Stream, b.Group))
	}
	w.note(checkLogBatch(b))
	w.order = append(w.order, b.Group)
	for _, e := range b.Events {
		w.lines = append(w.lines, fmt.Sprintf("%s|%s|%d|%s", b.Group, b.Stream, e.Timestamp, e.Message))
	}
	return 0, nil
}

func (w *memoryWriter) PutMetricData(_ context.Context, b MetricBatch) error {
	defer w.mu.Unlock()
	if err := w.enter("PutMetricData"); err != nil {
		return err
	}
	w.note(checkMetricBatch(b))
	w.order = append(w.order, b.Namespace)
	for _, d := range b.Data {
		w.lines = append(w.lines, fmt.Sprintf("%s|%v", b.Namespace, d))
	}
	return nil
}

// small is an estate that a test can run in a moment.
func small() Config {
	return Config{Seed: 4, Functions: 30, Jobs: 30, APIs: 3, Buckets: 8, EventsPerDay: 60_000, Start: benchStart, History: 6 * time.Hour}
}

// written is everything that should be there when the clock shows now: events
// and data of before, job runs of a week and sizes of two weeks.
func written(t *testing.T, e *Estate, now int64) []string {
	t.Helper()
	var out []string
	b := &metricBuf{emit: func(b MetricBatch) error {
		for _, d := range b.Data {
			out = append(out, fmt.Sprintf("%s|%v", b.Namespace, d))
		}
		return nil
	}}
	end := now / minuteMillis
	for _, s := range e.serviceMetrics() {
		s.metrics(e.start, end, b)
	}
	s3Storage{e}.metrics(e.anchor-storageHistory, end, b)
	b.flush()
	lb := &logBuf{}
	logs := func(s logSource, from int64) {
		s.logs(from, end+1, lb)
		_ = lb.flush(0, now, func(b LogBatch) error {
			for _, ev := range b.Events {
				out = append(out, fmt.Sprintf("%s|%s|%d|%s", b.Group, b.Stream, ev.Timestamp, ev.Message))
			}
			return nil
		})
	}
	for _, s := range e.serviceLogs() {
		logs(s, e.start)
	}
	logs(functionConfigs{e}, e.start)
	logs(jobRuns{e}, e.anchor-recordHistory)
	slices.Sort(out)
	return out
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	got = slices.Sorted(slices.Values(got))
	if len(got) != len(want) {
		t.Errorf("got %d lines, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("line %d:\n got  %.300s\n want %.300s", i, got[i], want[i])
		}
	}
}

// TestEverythingOnce back-fills, goes live over two hours in uneven steps and
// wants every event and datum exactly once.
func TestEverythingOnce(t *testing.T) {
	e := newEstate(t, small())
	w := newMemoryWriter()
	s := newSender(w)
	ctx := context.Background()
	if err := e.backfill(ctx, s, e.anchor, &reporter{sender: s}); err != nil {
		t.Fatal(err)
	}
	compare(t, w.lines, written(t, e, e.anchor*minuteMillis))
	l := newLive(e, s, e.anchor)
	now := e.anchor * minuteMillis
	for _, step := range []int64{1, 1999, 2000, 58_000, 123_456, 3_000_000, 4_000_000, 10_000} {
		now += step
		if err := l.advance(ctx, now); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, w.lines, written(t, e, now))
	if w.err != nil {
		t.Error(w.err)
	}
	for stream, n := range w.streams {
		if n != 1 {
			t.Errorf("stream %v created %d times", stream, n)
		}
	}
	if s.events.Load()+s.data.Load() != int64(len(w.lines)) {
		t.Errorf("counted %d events and %d data, the writer has %d", s.events.Load(), s.data.Load(), len(w.lines))
	}
}

// TestResume runs an estate in two parts.
func TestResume(t *testing.T) {
	cfg := small()
	first := newEstate(t, cfg)
	w := newMemoryWriter()
	s := newSender(w)
	ctx := context.Background()
	stopped := first.anchor - 37
	if err := first.backfill(ctx, s, stopped, &reporter{sender: s}); err != nil {
		t.Fatal(err)
	}
	cfg.Resume = time.UnixMilli(stopped * minuteMillis)
	second := newEstate(t, cfg)
	if err := second.backfill(ctx, s, first.anchor+200, &reporter{sender: s}); err != nil {
		t.Fatal(err)
	}
	// The records before history reach back from the first run's end.
	want := written(t, first, (first.anchor+200)*minuteMillis)
	got := slices.Sorted(slices.Values(w.lines))
	older := 0
	for _, l := range got {
		if _, found := slices.BinarySearch(want, l); !found {
			older++
			if l[:len(JobRunGroup)] != JobRunGroup && l[:6] != "AWS/S3" {
				t.Fatalf("unexpected line %.200s", l)
			}
		}
	}
	if dup := len(got) - len(slices.Compact(slices.Clone(got))); dup != 0 {
		t.Errorf("%d lines are there twice", dup)
	}
	if len(got)-older != len(want) {
		t.Errorf("got %d lines, want %d", len(got)-older, len(want))
	}
}

// TestNewestFirst checks the order of the back-fill's requests.
func TestNewestFirst(t *testing.T) {
	cfg := small()
	cfg.Connections = 1
	e := newEstate(t, cfg)
	w := newMemoryWriter()
	s := newSender(w)
	if err := e.backfill(context.Background(), s, e.anchor, &reporter{sender: s}); err != nil {
		t.Fatal(err)
	}
	at := func(name string) int { return slices.Index(w.order, name) }
	steps := []string{"AWS/S3", FunctionConfigGroup, JobRunGroup, "AWS/Lambda", e.functions[0].group}
	for i := 1; i < len(steps); i++ {
		if at(steps[i-1]) < 0 || at(steps[i-1]) > at(steps[i]) {
			t.Errorf("%s came at %d, %s at %d", steps[i-1], at(steps[i-1]), steps[i], at(steps[i]))
		}
	}
	tasks := e.plan(e.anchor)
	last := e.anchor
	for _, task := range tasks {
		if task.complete {
			if task.to != last {
				t.Errorf("metrics until minute %d come after those from %d", task.to, last)
			}
			last = task.from
		}
	}
	if last != e.start {
		t.Errorf("metrics reach back to minute %d, want %d", last, e.start)
	}
}

// TestRun runs until cancelled and reads the progress.
func TestRun(t *testing.T) {
	cfg := small()
	clock := benchStart.Add(cfg.History)
	cfg.Now = func() time.Time { clock = clock.Add(time.Second); return clock } // one goroutine asks
	cfg.LiveInterval = time.Millisecond
	e := newEstate(t, cfg)
	w := newMemoryWriter()
	ctx, cancel := context.WithCancel(context.Background())
	var seen []Progress
	err := e.Run(ctx, w, func(p Progress) {
		seen = append(seen, p)
		if p.Phase == PhaseLive && len(seen) > 100 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got error %v, want context.Canceled", err)
	}
	if p := seen[0]; p.Phase != PhaseBackfill || p.Done != 0 || p.Events != 0 {
		t.Errorf("first progress %+v", p)
	}
	for i := 1; i < len(seen); i++ {
		if seen[i].Done < seen[i-1].Done || seen[i].Events < seen[i-1].Events || seen[i].Data < seen[i-1].Data {
			t.Errorf("progress went back from %+v to %+v", seen[i-1], seen[i])
		}
	}
	if p := seen[len(seen)-1]; p.Phase != PhaseLive || p.Done != 1 || !p.From.Equal(benchStart) || p.Events == 0 || p.Data == 0 {
		t.Errorf("last progress %+v", p)
	}
	if w.err != nil {
		t.Error(w.err)
	}
}

// TestRunStopsAtError wants the error of each operation, with what it was for.
func TestRunStopsAtError(t *testing.T) {
	for _, op := range []string{"CreateLogGroup", "CreateLogStream", "PutLogEvents", "PutMetricData"} {
		cfg := small()
		cfg.Now = func() time.Time { return benchStart.Add(cfg.History) }
		e := newEstate(t, cfg)
		w := newMemoryWriter()
		refused := errors.New("refused")
		w.fail = func(got string) error {
			if got == op {
				return refused
			}
			return nil
		}
		if err := e.Run(context.Background(), w, nil); !errors.Is(err, refused) {
			t.Errorf("%s: got error %v, want the writer's", op, err)
		}
	}
}
