package bench_test

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"skywatch/internal/bench"
	"skywatch/internal/estate/client"
	"skywatch/internal/server"
)

// TestAnswersOfTheProduct loads a small day into a server and holds every
// answer to the count; then it falsifies each answer in every way that a fast
// and wrong engine might, and each must be noticed.
func TestAnswersOfTheProduct(t *testing.T) {
	ctx := t.Context()
	day, err := bench.NewDay(time.Now().AddDate(0, 0, -1), 60_000)
	if err != nil {
		t.Fatal(err)
	}
	picks, err := day.Pick(ctx)
	if err != nil {
		t.Fatal(err)
	}
	questions := bench.Questions(picks)
	facts, err := day.Facts(ctx, questions, 2)
	if err != nil {
		t.Fatal(err)
	}

	srv, err := server.Start(ctx, server.Config{Listen: "127.0.0.1:0", Data: t.TempDir()}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close(ctx)
	w, err := client.New(client.Config{Endpoint: srv.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := bench.CreateStreams(ctx, w, facts, 4); err != nil {
		t.Fatal(err)
	}
	n, _, err := day.SendLogs(ctx, w, 4, 0)
	if err != nil || n != facts.Events || n < 30_000 {
		t.Fatalf("sent %d events, want %d: %v", n, facts.Events, err)
	}

	c := &bench.Client{URL: srv.URL()}
	answered := 0
	for i := range questions {
		q := &questions[i]
		t.Run(q.ID, func(t *testing.T) {
			a, err := c.Ask(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			if err := facts.Check(i, a.Rows); err != nil {
				t.Fatal(err)
			}
			if len(a.Rows) > 0 {
				answered++
			}
			if q.Query != "" && (a.Engine <= 0 || a.Engine > a.Wall) {
				t.Errorf("the engine says %v, the client waited %v", a.Engine, a.Wall)
			}
			for what, rows := range falsified(a.Rows) {
				if facts.Check(i, rows) == nil {
					t.Errorf("%s: not noticed", what)
				}
			}
		})
	}
	if answered < len(questions)/2 {
		t.Errorf("only %d of %d questions have rows: the day is too small to tell", answered, len(questions))
	}
}

// falsified returns wrong versions of an answer.
func falsified(rows []bench.Row) map[string][]bench.Row {
	out := map[string][]bench.Row{"a row too many": append(slices.Clone(rows), bench.Row{"@timestamp": "2026-01-01 00:00:00.000", "n": "1"})}
	if len(rows) == 0 {
		return out
	}
	out["no rows"] = nil
	out["a row missing"] = rows[1:]
	if len(rows) > 1 {
		out["a row twice"] = append(slices.Clone(rows[1:]), rows[1])
	}
	for field, v := range rows[0] {
		if field == "@ptr" || field == "@log" && rows[0]["@message"] != "" {
			continue // not compared: the message and its time tell the event
		}
		changed := slices.Clone(rows)
		changed[0] = maps.Clone(rows[0])
		changed[0][field] = v + "9"
		if v != "" && strings.Trim(v, "0123456789.") == "" {
			changed[0][field] = "9" + v
		}
		out[fmt.Sprintf("%s changed from %q to %q", field, v, changed[0][field])] = changed
	}
	return out
}

// TestDayIsTheSameTwice: other engines are given the day by generating it again.
func TestDayIsTheSameTwice(t *testing.T) {
	var counts [2]int64
	var picks [2]bench.Picks
	for i, hourOfDay := range []int{1, 23} {
		day, err := bench.NewDay(time.Date(2026, 11, 18, hourOfDay, 5, 0, 0, time.UTC), 20_000)
		if err != nil {
			t.Fatal(err)
		}
		f, err := day.Facts(t.Context(), nil, i+1)
		if err != nil {
			t.Fatal(err)
		}
		counts[i] = f.Bytes
		if picks[i], err = day.Pick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if counts[0] != counts[1] || picks[0] != picks[1] {
		t.Errorf("two looks at one day differ: %d and %d bytes, %+v and %+v", counts[0], counts[1], picks[0], picks[1])
	}
}

func TestReportText(t *testing.T) {
	r := bench.Report{Events: 5_000_000}
	r.Figures = []bench.Figure{{Name: "rate", Value: 260, Unit: "k/s", Goal: 250, Peer: 102, More: true}, {Name: "disk", Value: 150, Unit: "MB", Goal: 95, Peer: 182}}
	r.Results = []bench.Result{
		{Question: bench.Question{ID: "a", Name: "loaded peer is the best", GoalMs: 20, PeerMs: 407, PeerLoadedMs: 126}, WallMs: 127.4, FirstMs: 200, Rows: 3},
		{Question: bench.Question{ID: "b", Name: "without goal"}, WallMs: 1.234, EngineMs: 0.5},
	}
	f := func(want string) {
		t.Helper()
		var b strings.Builder
		if err := r.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		var lines []string
		for l := range strings.Lines(b.String()) {
			if l := strings.Join(strings.Fields(l), " "); l != "" {
				lines = append(lines, l)
			}
		}
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	f(`figure value goal peer
rate 260 k/s 250 102 goal
disk 150 MB 95.0 182 ahead
ms: goal peer warm engine CPU first fetch rows peak MB question
a 20.0 126 127 - - 200 - 3 0 behind loaded peer is the best
b - - 1.23 0.50 - 0.00 - 0 0 without goal`)
	r.Events = 500_000
	f(`Goals and peers are for 5 M events; this day has 0.50 M.
figure value goal peer
rate 260 k/s 250 102
disk 150 MB 95.0 182
ms: goal peer warm engine CPU first fetch rows peak MB question
a 20.0 126 127 - - 200 - 3 0 loaded peer is the best
b - - 1.23 0.50 - 0.00 - 0 0 without goal`)
}
