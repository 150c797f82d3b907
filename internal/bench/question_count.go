package bench

import (
	"bytes"
	"regexp"
	"strings"
	"time"
)

func countPerHour() Question {
	return Question{
		ID: "count", Name: "count per hour, all groups", GoalMs: 5, PeerMs: 49, Limit: mostRows,
		Query: allGroups + ` | stats count(*) as n by bin(1h) as hour | sort hour`,
		tally: newCounts(
			func(e *event) (key, bool) { return key{slot: floor(e.timestamp, hour)}, true },
			func(r Row) (k key, err error) { k.slot, err = slot(r, "hour"); return k, err }),
	}
}

func errorsPerSlot() Question {
	const period = 5 * time.Minute
	return Question{
		ID: "errors", Name: "substring ERROR, count per 5 min and group", GoalMs: 30, PeerMs: 437, Limit: mostRows,
		Query: allGroups + ` | filter @message like "ERROR" | stats count(*) as n by bin(5m) as slot, @log`,
		tally: newCounts(
			func(e *event) (key, bool) {
				return key{floor(e.timestamp, period), e.group}, bytes.Contains(e.message, []byte("ERROR"))
			},
			func(r Row) (k key, err error) {
				k.name = groupOf(r["@log"])
				k.slot, err = slot(r, "slot")
				return k, err
			}),
	}
}

func timeoutMillis() Question {
	return perFunction(Question{
		ID: "regex", Name: `regex timed out after \d+ms, per function`, GoalMs: 40, PeerMs: 451,
	}, `timed out after \d+ms`)
}

func timeoutSeconds() Question {
	return perFunction(Question{
		ID: "regex-task", Name: `regex Task timed out after \d+.\d\d seconds, per function`, GoalMs: 40, PeerMs: 451,
	}, `Task timed out after \d+\.\d\d seconds`)
}

// perFunction counts the messages that match, per function.
func perFunction(q Question, pattern string) Question {
	re := regexp.MustCompile(pattern)
	q.Limit = mostRows
	q.Query = lambdaGroups + ` | filter @message like /` + pattern + `/ | stats count(*) as n by @log`
	q.tally = newCounts(
		func(e *event) (key, bool) {
			return key{name: e.group}, strings.HasPrefix(e.group, lambdaPrefix) && re.Match(e.message)
		},
		func(r Row) (key, error) { return key{name: groupOf(r["@log"])}, nil })
	return q
}
