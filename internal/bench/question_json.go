package bench

import (
	"encoding/json"
	"fmt"
	"strings"
)

func jsonNested() Question {
	return Question{
		ID: "json", Name: "JSON: filter level, group by nested field, avg", GoalMs: 25, PeerMs: 341, PeerLoadedMs: 50, Limit: mostRows,
		Query: lambdaGroups + ` | filter level = "INFO" | stats count(*) as n, avg(elapsed_ms) as mean by status.code`,
		tally: func() tally { return &nested{map[string]*mean{}} },
	}
}

// nested is a tally of JSON lines by a member of a member; "" are the lines
// without one.
type nested struct{ byCode map[string]*mean }

type mean struct {
	n, with int64 // lines, and those with a value
	sum     float64
}

func (t *nested) see(e *event) {
	if !strings.HasPrefix(e.group, lambdaPrefix) || len(e.message) == 0 || e.message[0] != '{' {
		return
	}
	var v struct {
		Level   string   `json:"level"`
		Elapsed *float64 `json:"elapsed_ms"`
		Status  struct {
			Code json.Number `json:"code"`
		} `json:"status"`
	}
	if json.Unmarshal(e.message, &v) != nil || v.Level != "INFO" {
		return
	}
	m := t.of(v.Status.Code.String())
	m.n++
	if v.Elapsed != nil {
		m.with++
		m.sum += *v.Elapsed
	}
}

func (t *nested) of(code string) *mean {
	m := t.byCode[code]
	if m == nil {
		m = &mean{}
		t.byCode[code] = m
	}
	return m
}

func (t *nested) merge(other tally) {
	for code, o := range other.(*nested).byCode {
		m := t.of(code)
		m.n, m.with, m.sum = m.n+o.n, m.with+o.with, m.sum+o.sum
	}
}

func (t *nested) check(rows []Row) error {
	if len(rows) != len(t.byCode) {
		return fmt.Errorf("got %d rows, want %d", len(rows), len(t.byCode))
	}
	seen := map[string]bool{}
	for _, r := range rows {
		code := r["status.code"]
		m := t.byCode[code]
		if m == nil || seen[code] {
			return fmt.Errorf("got a row for code %q, want one for each code", code)
		}
		seen[code] = true
		err := wantCount(r, "n", m.n)
		if err == nil && m.with > 0 {
			err = near(r, "mean", m.sum/float64(m.with))
		}
		if err != nil {
			return fmt.Errorf("code %q: %w", code, err)
		}
	}
	return nil
}
