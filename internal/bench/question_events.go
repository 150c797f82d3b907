package bench

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// lastEvents is how many of the newest events are asked for.
const lastEvents = 100

func lastOfFunction(p Picks) Question {
	q := Question{
		ID: "last", Name: "last 100 events of one function in an hour", GoalMs: 3, PeerMs: 6,
		Operation: "FilterLogEvents", Group: p.Group, From: p.HourFrom.UnixMilli(), To: p.HourTo.UnixMilli(), Limit: lastEvents,
	}
	q.tally = newest(q)
	return q
}

func lastOfFunctionQuery(p Picks) Question {
	q := lastOfFunction(p)
	q.ID, q.Name, q.Operation = "last-query", "the same as a query", ""
	q.Query = fmt.Sprintf("fields @timestamp, @message | sort @timestamp desc | limit %d", lastEvents)
	return q
}

func lastOfStream(p Picks) Question {
	q := lastOfFunction(p)
	q.ID, q.Name, q.Operation, q.Stream = "last-stream", "last 100 events of one stream in an hour", "GetLogEvents", p.Stream
	q.GoalMs, q.PeerMs = 0, 0
	q.tally = newest(q)
	return q
}

func requestEverywhere(p Picks) Question {
	return Question{
		ID: "request", Name: "one request id over everything", GoalMs: 8, PeerMs: 12, Limit: mostRows,
		Query: allGroups + ` | fields @timestamp, @log, @message | filter @message like "` + p.RequestID + `" | sort @timestamp`,
		tally: func() tally {
			return &lines{most: mostRows, wanted: func(e *event) bool { return bytes.Contains(e.message, []byte(p.RequestID)) }}
		},
	}
}

func nowhere(id, name, word string, goal, peer float64) Question {
	return Question{
		ID: id, Name: name, GoalMs: goal, PeerMs: peer, Limit: lastEvents,
		Query: allGroups + ` | filter @message like "` + word + `" | fields @timestamp, @message`,
		tally: func() tally {
			return &lines{most: lastEvents, wanted: func(e *event) bool { return bytes.Contains(e.message, []byte(word)) }}
		},
	}
}

// newest wants the last events of a question's group, stream and time.
func newest(q Question) func() tally {
	return func() tally {
		return &lines{most: q.Limit, wanted: func(e *event) bool {
			return e.group == q.Group && (q.Stream == "" || e.stream == q.Stream) && q.From <= e.timestamp && e.timestamp < q.To
		}}
	}
}

type line struct {
	timestamp int64
	message   string
}

// lines is a tally of events that are wanted whole; of more than most the
// newest are.
type lines struct {
	most   int
	wanted func(e *event) bool
	all    []line
}

func (l *lines) see(e *event) {
	if l.wanted(e) {
		l.all = append(l.all, line{e.timestamp, text(string(e.message))})
	}
}

func (l *lines) merge(other tally) { l.all = append(l.all, other.(*lines).all...) }

// text leaves out the line end of a message, which answers may leave out.
func text(message string) string { return strings.TrimRight(message, "\n") }

func (l *lines) check(rows []Row) error {
	want := slices.Clone(l.all)
	slices.SortStableFunc(want, func(a, b line) int { return cmp.Compare(b.timestamp, a.timestamp) })
	if n := min(len(want), l.most); len(rows) != n {
		return fmt.Errorf("got %d events, want %d", len(rows), n)
	}
	got := make([]line, len(rows))
	for i, r := range rows {
		ts, err := slot(r, "@timestamp")
		if err != nil {
			return err
		}
		got[i] = line{ts, text(r["@message"])}
	}
	slices.SortStableFunc(got, func(a, b line) int { return cmp.Compare(b.timestamp, a.timestamp) })
	// Which of the events of the oldest instant are among the newest is not said.
	left := map[line]int{}
	for _, w := range want {
		left[w]++
	}
	for i, g := range got {
		if g.timestamp != want[i].timestamp {
			return fmt.Errorf("event %d from the newest: got time %d, want %d", i+1, g.timestamp, want[i].timestamp)
		}
		if left[g]--; left[g] < 0 {
			return fmt.Errorf("event %d from the newest: got %s, which was not sent so often", i+1, strconv.Quote(g.message))
		}
	}
	return nil
}
