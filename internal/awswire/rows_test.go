package awswire_test

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/go-cmp/cmp"

	"skywatch/internal/api/operations"
	"skywatch/internal/awswire"
)

var logEvents = awswire.RowsOf{List: "logEvents", Text: "message", Number: "timestamp"}

// structures turns rows back into what they stand for.
func structures(r *awswire.Rows) []types.InputLogEvent {
	if !r.Present {
		return nil
	}
	out := make([]types.InputLogEvent, r.Len())
	from := 0
	for i := range out {
		out[i] = types.InputLogEvent{Message: aws.String(string(r.Text[from:r.Ends[i]])), Timestamp: aws.Int64(r.Numbers[i])}
		from = r.Ends[i]
	}
	for _, g := range r.Gaps {
		if g.Text {
			out[g.Row].Message = nil
		}
		if g.Number {
			out[g.Row].Timestamp = nil
		}
	}
	return out
}

// FuzzRows holds the decoding into rows against the decoding into structures:
// the same values, the same errors.
func FuzzRows(f *testing.F) {
	svc := operations.Logs()
	for seed := range uint64(10) {
		in := svc.Operations["PutLogEvents"].Input()
		fill := &filler{rng: rand.New(rand.NewPCG(seed, 3)), unions: svc.Unions}
		fill.fill(reflect.ValueOf(in).Elem(), 0)
		f.Add(false, encodeInput(f, svc, "PutLogEvents", awswire.JSON, in))
		f.Add(true, encodeInput(f, svc, "PutLogEvents", awswire.CBOR, in))
	}
	for _, s := range []string{
		`{"logEvents":[{"message":"a","timestamp":1},{"timestamp":2},{"message":null},{}]}`,
		`{"logEvents":[{"message":"a","message":"b\n\u00e9\ud83d\ude00\ud83d","timestamp":1,"timestamp":2.0,"x":[{"y":"\n"}]}],"logGroupName":"g"}`,
		`{"logEvents":[{"message":"a"}],"logEvents":[{"timestamp":1e3}],"entity":{"keyAttributes":{"a":"b"}}}`,
		`{"logEvents":[{"message":1}]}`, `{"logEvents":[{"timestamp":"1"}]}`, `{"logEvents":[{"timestamp":1.5}]}`,
		`{"logEvents":[null]}`, `{"logEvents":{}}`, `{"logEvents":null}`, `{"logEvents":[]}`, `{"logEvents":[{"message":"` + "\x01" + `"}]}`,
		`{"logEvents":[{"message":"a" "timestamp":1}]}`, `{"logEvents":[{"\u006dessage":"a"},{"\u0078":"\u0079]}]}`, `{"logEvents":[{"message":"a`,
	} {
		f.Add(false, []byte(s))
	}
	var rows awswire.Rows // used again, as the mux does
	f.Fuzz(func(t *testing.T, cbor bool, body []byte) {
		p := awswire.JSON
		if cbor {
			p = awswire.CBOR
		}
		want, wantErr := awswire.DecodeInput(svc, "PutLogEvents", p, body)
		got, err := awswire.DecodeRows(svc, "PutLogEvents", logEvents, &rows, p, body)
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("%q: got error %v, want %v", body, err, wantErr)
		}
		if err != nil {
			return
		}
		in := got.(*cloudwatchlogs.PutLogEventsInput)
		if in.LogEvents != nil {
			t.Fatalf("%q: rows were decoded into structures as well", body)
		}
		in.LogEvents = structures(&rows)
		if d := cmp.Diff(want, got, compareOptions...); d != "" {
			t.Fatalf("%q\n%s", body, d)
		}
	})
}

// TestRowsRefuseMistakes: what is not a list of a text and a number panics.
func TestRowsRefuseMistakes(t *testing.T) {
	for _, of := range []awswire.RowsOf{
		{List: "logEvent", Text: "message", Number: "timestamp"},
		{List: "logGroupName", Text: "message", Number: "timestamp"},
		{List: "logEvents", Text: "timestamp", Number: "message"},
		{List: "logEvents", Text: "message", Number: "message"},
	} {
		if _, err := awswire.DecodeRows(operations.Logs(), "PutLogEvents", of, new(awswire.Rows), awswire.JSON, []byte("{}")); err == nil {
			t.Errorf("%+v: no error", of)
		}
	}
}

func BenchmarkDecodeRows(b *testing.B) {
	svc := operations.Logs()
	for _, p := range protocolsOf(svc) {
		b.Run(p.String(), func(b *testing.B) {
			body := encodeInput(b, svc, "PutLogEvents", p, bigPutLogEvents())
			var rows awswire.Rows
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := awswire.DecodeRows(svc, "PutLogEvents", logEvents, &rows, p, body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
