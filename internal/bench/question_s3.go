package bench

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const (
	s3Prefix  = "/skywatch/s3/access/"
	s3TopKeep = 20
)

func s3TopKeys() Question {
	return Question{
		ID: "s3", Name: "S3 access log: top 20 keys, p99 of total time", GoalMs: 30, PeerMs: 189, PeerLoadedMs: 49,
		Query: `SOURCE logGroups(namePrefix: ["` + s3Prefix + `"])` +
			` | parse @message '* * [*] * * * * * "*" * * * * * * *' as owner, bucket, time, ip, requester, requestId, operation, key, uri, status, error, sent, size, total, turnaround, rest` +
			` | filter key != "-" | stats count(*) as n, pct(total, 99) as p99 by key | sort n desc, key asc | limit ` + strconv.Itoa(s3TopKeep),
		tally: func() tally { return &objects{map[string][]float64{}} },
	}
}

// objects is a tally of requests by key: their total times.
type objects struct{ byKey map[string][]float64 }

func (t *objects) see(e *event) {
	if !strings.HasPrefix(e.group, s3Prefix) {
		return
	}
	// No field before the URI holds a space but the time, which holds one.
	f := bytes.Split(e.message, []byte(" "))
	if len(f) < 18 {
		panic(fmt.Sprintf("bench: the estate wrote an access log line of %d words: %q", len(f), e.message))
	}
	if string(f[8]) == "-" {
		return
	}
	total, err := strconv.ParseFloat(string(f[16]), 64)
	if err != nil {
		panic(fmt.Sprintf("bench: the estate wrote an access log line without total time: %q", e.message))
	}
	t.byKey[string(f[8])] = append(t.byKey[string(f[8])], total)
}

func (t *objects) merge(other tally) {
	for k, v := range other.(*objects).byKey {
		t.byKey[k] = append(t.byKey[k], v...)
	}
}

func (t *objects) check(rows []Row) error {
	keys := slices.SortedFunc(maps.Keys(t.byKey), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(t.byKey[b]), len(t.byKey[a])), cmp.Compare(a, b))
	})
	keys = keys[:min(len(keys), s3TopKeep)]
	if len(rows) != len(keys) {
		return fmt.Errorf("got %d keys, want %d", len(rows), len(keys))
	}
	for i, r := range rows {
		if r["key"] != keys[i] {
			return fmt.Errorf("key %d: got %q, want %q", i+1, r["key"], keys[i])
		}
		v := t.byKey[keys[i]]
		err := wantCount(r, "n", int64(len(v)))
		if err == nil {
			err = nearPercentile(r, "p99", sorted(v), 99)
		}
		if err != nil {
			return fmt.Errorf("key %s: %w", keys[i], err)
		}
	}
	return nil
}
