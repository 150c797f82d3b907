package logexec

import (
	"context"
	"testing"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logs"
	"skywatch/internal/logs/logstest"
)

func TestSmoke(t *testing.T) {
	m := logstest.NewMem()
	m.Append(context.Background(), []logs.Batch{{Group: 1, Stream: 1, Events: []logs.Event{{Timestamp: 1000, Message: "REPORT RequestId: x\tDuration: 3.5 ms\tMemory Size: 128 MB\tMax Memory Used: 70 MB\t"}, {Timestamp: 2000, Message: `{"a":{"b":[1,2]}}`}}}})
	for _, s := range []string{"fields @timestamp, @message | filter @message like /Memory/ | sort @timestamp desc | limit 5", "filter a.b.0 = 1", "stats count(*), max(@duration) by bin(1s) | sort bin(1s)"} {
		q, err := insights.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Run(context.Background(), m, Request{Query: q, Groups: []Group{{1, "1", "/aws/lambda/f"}}, EndMs: 1 << 40}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", r)
	}
}
