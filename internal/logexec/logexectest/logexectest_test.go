package logexectest

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"strings"
	"testing"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logexec"
	"skywatch/internal/logs/logstest"
)

var (
	seedFlag = flag.Uint64("seed", 0, "run the queries of this seed only")
	rounds   = flag.Int("rounds", 60, "worlds to try")
)

// TestBlocksAndReprints runs random queries with large and small blocks and as
// they print themselves: all must give the same rows. Every command and every
// function must have been among them.
func TestBlocksAndReprints(t *testing.T) {
	words := map[string]int{}
	accepted, refused := 0, 0
	for i := range *rounds {
		seed := uint64(i) + 1000
		if *seedFlag != 0 {
			seed = *seedFlag
		}
		a, r := round(t, seed, words)
		accepted, refused = accepted+a, refused+r
		if *seedFlag != 0 {
			return
		}
	}
	if refused > accepted {
		t.Errorf("%d queries were refused and only %d run", refused, accepted)
	}
	for _, e := range insights.Reference() {
		switch e.Kind {
		case "command", "function", "aggregate":
			if words[strings.ToLower(e.Name)] == 0 {
				t.Errorf("no query that ran has %s %s", e.Kind, e.Name)
			}
		}
	}
	t.Logf("%d queries ran, %d were refused", accepted, refused)
}

func round(t *testing.T, seed uint64, words map[string]int) (accepted, refused int) {
	w := NewWorld(seed, 250)
	mem := logstest.NewMem()
	if err := mem.Append(context.Background(), w.Batches); err != nil {
		t.Fatal(err)
	}
	queries := NewQueries(seed)
	r := rand.New(rand.NewPCG(seed, 3))
	for range 60 {
		text := queries.Next()
		q, err := insights.Parse(text)
		if err != nil {
			refused++
			continue
		}
		again, err := insights.Parse(q.String())
		if err != nil {
			t.Fatalf("seed %d: %s\nprints %s\nwhich does not parse: %v", seed, text, q, err)
		}
		mem.BlockLen = 1024
		want, err := logexec.Run(context.Background(), mem, w.Request(q), nil)
		if e := new(insights.Error); errors.As(err, &e) {
			refused++
			continue
		} else if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, text, err)
		}
		accepted++
		for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
			return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
		}) {
			words[word]++
		}
		for _, other := range []*insights.Query{q, again} {
			mem.BlockLen = 1 + r.IntN(9)
			got, err := logexec.Run(context.Background(), mem, w.Request(other), nil)
			if err != nil {
				t.Fatalf("seed %d, blocks of %d: %s: %v", seed, mem.BlockLen, other, err)
			}
			if d := Diff(want, got); d != "" {
				t.Fatalf("seed %d: %s\nblocks of %d, written as %s: %s", seed, text, mem.BlockLen, other, d)
			}
		}
	}
	return accepted, refused
}
