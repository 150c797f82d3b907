package estate

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// checkLogBatch fails when a batch breaks a rule of PutLogEvents.
func checkLogBatch(b LogBatch) error {
	if len(b.Events) == 0 || len(b.Events) > 10_000 {
		return fmt.Errorf("%s: %d events", b.Group, len(b.Events))
	}
	size := 0
	last := b.Events[0].Timestamp
	for _, e := range b.Events {
		if len(e.Message) == 0 {
			return fmt.Errorf("%s: empty message", b.Group)
		}
		size += len(e.Message) + 26
		if e.Timestamp < last {
			return fmt.Errorf("%s: timestamps decrease", b.Group)
		}
		last = e.Timestamp
	}
	if size > 1_048_576 {
		return fmt.Errorf("%s: %d bytes", b.Group, size)
	}
	if last-b.Events[0].Timestamp > 24*3600*1000 {
		return fmt.Errorf("%s: span of %d ms", b.Group, last-b.Events[0].Timestamp)
	}
	return nil
}

// checkMetricBatch fails when a batch breaks a rule of PutMetricData.
func checkMetricBatch(b MetricBatch) error {
	if len(b.Data) == 0 || len(b.Data) > 1000 || b.Namespace == "" {
		return fmt.Errorf("%q: %d data", b.Namespace, len(b.Data))
	}
	for _, d := range b.Data {
		if d.Name == "" || d.Timestamp%minuteMillis != 0 || len(d.Values) > 150 || d.Counts != nil && len(d.Counts) != len(d.Values) {
			return fmt.Errorf("%s: %+v", b.Namespace, d)
		}
		if d.Values == nil && d.Statistics.SampleCount == 0 {
			return fmt.Errorf("%s: %+v has no samples", b.Namespace, d)
		}
		for i, v := range d.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) || d.Counts != nil && d.Counts[i] <= 0 {
				return fmt.Errorf("%s: %+v", b.Namespace, d)
			}
		}
	}
	return nil
}

// TestLimits generates a heavy hour: minutes with more than 150 invocations,
// streams with more than 10,000 events.
func TestLimits(t *testing.T) {
	e := newEstate(t, Config{Functions: 3, APIs: 1, Jobs: 20, EventsPerDay: 8_000_000})
	full := 0
	err := e.Generate(benchStart.Add(9*time.Hour), benchStart.Add(10*time.Hour), func(b LogBatch) error {
		if len(b.Events) > 3000 {
			full++
		}
		return checkLogBatch(b)
	}, checkMetricBatch)
	if err != nil {
		t.Fatal(err)
	}
	if full < 5 {
		t.Errorf("%d large batches: the test does not reach the limits", full)
	}
}

// TestLogBufAgainstModel flushes random events and wants them back, in order.
func TestLogBufAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &logBuf{}
		want := map[string][]Event{}
		lo, hi := rapid.Int64Range(0, 1000).Draw(t, "lo"), rapid.Int64Range(1000, 3*dayMillis).Draw(t, "hi")
		for i := range rapid.IntRange(0, 30).Draw(t, "events") {
			stream := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "stream")
			at := rapid.Int64Range(0, 3*dayMillis).Draw(t, "at")
			size := rapid.SampledFrom([]int{1, 100, 100, 150_000}).Draw(t, "size")
			message := append(bytes.Repeat([]byte{'x'}, size), fmt.Sprint(i)...)
			b.text = append(b.text, message...)
			b.add(b.stream("g", stream), at)
			if at >= lo && at < hi {
				want[stream] = append(want[stream], Event{at, message})
			}
		}
		got := map[string][]Event{}
		if err := b.flush(lo, hi, func(batch LogBatch) error {
			for _, e := range batch.Events {
				got[batch.Stream] = append(got[batch.Stream], Event{e.Timestamp, bytes.Clone(e.Message)})
			}
			return checkLogBatch(batch)
		}); err != nil {
			t.Fatal(err)
		}
		for stream, events := range want {
			// Insertion sort: stable, and plainly right.
			for i := range events {
				for j := i; j > 0 && events[j].Timestamp < events[j-1].Timestamp; j-- {
					events[j], events[j-1] = events[j-1], events[j]
				}
			}
			same := func(x, y Event) bool { return x.Timestamp == y.Timestamp && bytes.Equal(x.Message, y.Message) }
			if !slices.EqualFunc(got[stream], events, same) {
				t.Fatalf("stream %s: got %d events, want %d in order of time", stream, len(got[stream]), len(events))
			}
		}
		if len(got) != len(want) {
			t.Fatalf("got %d streams, want %d", len(got), len(want))
		}
	})
}

func TestLogBufStopsAtError(t *testing.T) {
	b := &logBuf{}
	for _, s := range []string{"a", "b"} {
		b.text = append(b.text, 'x')
		b.add(b.stream("g", s), 1)
	}
	refused := errors.New("refused")
	calls := 0
	err := b.flush(0, 10, func(LogBatch) error { calls++; return refused })
	if !errors.Is(err, refused) || calls != 1 {
		t.Errorf("got error %v after %d calls, want the first call's", err, calls)
	}
	if len(b.records) != 0 || len(b.text) != 0 {
		t.Error("the buffer is not empty after an error")
	}
}

// TestMetricBufKeepsValues adds data of random shapes, so that flushes fall
// between a datum's numbers and its use, and wants the numbers back.
func TestMetricBufKeepsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var got, want []string
		b := &metricBuf{emit: func(m MetricBatch) error {
			for _, d := range m.Data {
				got = append(got, fmt.Sprint(d.Name, d.Values, d.Counts))
			}
			return checkMetricBatch(m)
		}}
		b.use("n")
		for i := range rapid.SampledFrom([]int{0, 1, 999, 1000, 1001, 2500}).Draw(t, "data") {
			name := fmt.Sprint("m", i)
			switch i % 4 {
			case 0:
				b.one(name, nil, "None", 0, float64(i))
				want = append(want, fmt.Sprint(name, []float64{float64(i)}, []float64(nil)))
			case 1:
				b.rate(name, nil, 0, 1, i+1)
				want = append(want, fmt.Sprint(name, []float64{0, 1}, []float64{float64(i), 1}))
			case 2:
				b.ones(name, nil, 0, i)
				want = append(want, fmt.Sprint(name, []float64{1}, []float64{float64(i)}))
			default:
				v := make([]float64, rapid.IntRange(1, 400).Draw(t, "values"))
				for k := range v {
					v[k] = float64(i*1000 + k)
				}
				b.samples(name, nil, "None", 0, v)
				for ; len(v) > 0; v = v[min(len(v), 150):] {
					want = append(want, fmt.Sprint(name, v[:min(len(v), 150)], []float64(nil)))
				}
			}
		}
		if b.flush(); b.err != nil {
			t.Fatal(b.err)
		}
		if len(got) != len(want) {
			t.Fatalf("got %d data, want %d", len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("datum %d: got %.200s, want %.200s", i, got[i], want[i])
			}
		}
	})
}

func TestRandomNumbers(t *testing.T) {
	r := rng{1}
	mean := func(what string, want, tolerance float64, draw func() float64) {
		t.Helper()
		sum := 0.0
		const n = 200_000
		for range n {
			sum += draw()
		}
		if got := sum / n; math.Abs(got-want) > tolerance {
			t.Errorf("%s: mean %v, want %v", what, got, want)
		}
	}
	for _, lambda := range []float64{0.01, 0.7, 5, 39, 41, 900} {
		mean(fmt.Sprintf("poisson(%v)", lambda), lambda, 0.02*math.Sqrt(lambda)+0.01*lambda/10, func() float64 { return float64(r.poisson(lambda)) })
	}
	mean("norm", 0, 0.01, r.norm)
	mean("norm squared", 1, 0.02, func() float64 { v := r.norm(); return v * v })
	mean("float", 0.5, 0.005, r.float)
	mean("intn(10)", 4.5, 0.03, func() float64 { return float64(r.intn(10)) })
	for _, s := range []*season{businessHours, steadyLoad, nightlyBatch} {
		sum := 0.0
		for m := range int64(minutesPerWeek) {
			sum += s.at(m)
		}
		if math.Abs(sum/minutesPerWeek-1) > 1e-9 {
			t.Errorf("a season's mean is %v, want 1", sum/minutesPerWeek)
		}
	}
}
