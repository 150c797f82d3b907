package awswire_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/api/operations"
	"skywatch/internal/awswire"
)

// fuzzOps take all kinds of members: lists, maps, unions, numbers, times.
var fuzzOps = []string{"PutMetricData", "PutMetricAlarm", "GetMetricData"}

// fuzzDecode checks that whatever decodes can be encoded by the SDK and
// decodes to the same again.
func fuzzDecode(f *testing.F, p awswire.Protocol) {
	svc := operations.CloudWatch()
	for seed := range uint64(10) {
		for i, op := range fuzzOps {
			in := svc.Operations[op].Input()
			fill := &filler{rng: rand.New(rand.NewPCG(seed, 3)), unions: svc.Unions}
			fill.fill(reflect.ValueOf(in).Elem(), 0)
			f.Add(byte(i), encodeInput(f, svc, op, p, in))
		}
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		op := fuzzOps[int(which)%len(fuzzOps)]
		in, err := awswire.DecodeInput(svc, op, p, body)
		if err != nil || p == awswire.Query {
			return // a form cannot say all that it can be read as: empty structures
		}
		if !utf8.Valid(body) {
			return // the SDK replaces what is not UTF-8
		}
		again, err := awswire.DecodeInput(svc, op, p, encodeInput(t, svc, op, p, in))
		if err != nil {
			// What the SDK writes for a value that no request can hold.
			if strings.Contains(err.Error(), "out of range") {
				return
			}
			t.Fatalf("%v after %q", err, body)
		}
		if d := cmp.Diff(in, again, append(compareOptions, cmp.Comparer(sameFloat))...); d != "" {
			t.Fatalf("%q\n%s", body, d)
		}
	})
}

func sameFloat(a, b float64) bool { return a == b || a != a && b != b }

func FuzzDecodeJSON(f *testing.F) { fuzzDecode(f, awswire.JSON) }
func FuzzDecodeCBOR(f *testing.F) { fuzzDecode(f, awswire.CBOR) }
func FuzzDecodeForm(f *testing.F) { fuzzDecode(f, awswire.Query) }

// FuzzJSONGrammar compares what is skipped as unknown with what encoding/json
// takes for JSON.
func FuzzJSONGrammar(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":[1,-2.5e+3,"x\u00e9\n",true,false,null,{"b":{}}]}`, `{"a":01}`, `{"a":.5}`, `{"a":1.}`, `{"a":"\x"}`, `[]`, ` { "a" : "` + "\x7f\xff" + `" } `, `{"a":1}}`, `{,}`, `{"a":[,]}`} {
		f.Add([]byte(s))
	}
	svc := operations.CloudWatch()
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := awswire.DecodeInput(svc, "GetOTelEnrichment", awswire.JSON, body)
		trimmed := bytes.TrimLeft(body, " \t\r\n")
		want := json.Valid(body) && len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == 'n')
		if got := err == nil; got != want && !(err != nil && strings.Contains(err.Error(), "nested deeper")) {
			t.Fatalf("%q: error %v, want valid %v", body, err, want)
		}
	})
}

func FuzzGzipBody(f *testing.F) {
	f.Add(gzipped([]byte(`{"MetricName":"x"}`)))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	mux := newTestMux(awswire.Options{})
	f.Fuzz(func(t *testing.T, body []byte) {
		w := post(mux, "GraniteServiceVersion20100801.DeleteAlarms", body, "Content-Encoding", "gzip")
		if w.Code >= 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		zr, err := gzip.NewReader(bytes.NewReader(body))
		if err == nil {
			_, err = io.Copy(io.Discard, io.LimitReader(zr, 2<<20))
		}
		if err != nil && len(body) > 0 && w.Code == 200 {
			t.Fatalf("accepted a body that compress/gzip refuses: %v", err)
		}
	})
}

// FuzzRequest sends any request line and headers.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "/", "", "Logs_20140328.StartQuery", "application/x-amz-json-1.1", "", []byte("{}"))
	f.Add("GET", "/", "Action=ListMetrics", "", "", "", []byte(nil))
	f.Add("POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", "", "", "application/cbor", "rpc-v2-cbor", []byte{0xa0})
	f.Add("POST", "/", "", "", "application/x-www-form-urlencoded", "", []byte("Action=DescribeAlarmsForMetric&Version=2010-08-01&Dimensions.member.1.Name=x"))
	mux := newTestMux(awswire.Options{})
	f.Fuzz(func(t *testing.T, method, path, query, target, contentType, smithyProtocol string, body []byte) {
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, path, query
		r.Header.Set("X-Amz-Target", target)
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("Smithy-Protocol", smithyProtocol)
		awswire.IsAWSRequest(r)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code < 200 || w.Code >= 600 || w.Header().Get("X-Amzn-Requestid") == "" {
			t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		// Only what newTestMux does on purpose may be the server's fault.
		if w.Code >= 500 && !bytes.Contains(body, []byte("MetricName")) && !strings.Contains(query, "MetricName") && !bytes.Contains(body, []byte("queryString")) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
