package logtype

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"skywatch/internal/colenc"
)

// roundTrip encodes messages as one block and wants them back.
func roundTrip(t testing.TB, msgs []string, refs []int64, level colenc.Level) *Block {
	t.Helper()
	e := NewEncoder(level)
	for i, m := range msgs {
		e.Add(m, refs[i])
	}
	data := e.AppendBlock(nil)
	b, err := Open(data)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	j, err := NewJoiner(b, refs)
	if err != nil {
		t.Fatalf("join: %v", err)
	}
	var got colenc.Strings
	if err := j.AppendAll(&got); err != nil {
		t.Fatalf("join: %v", err)
	}
	if got.Len() != len(msgs) {
		t.Fatalf("%d messages, want %d", got.Len(), len(msgs))
	}
	filter, err := OpenTextFilter(e.AppendTextFilter(nil))
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range msgs {
		if string(got.At(i)) != m {
			t.Fatalf("message %d is\n%q, want\n%q", i, got.At(i), m)
		}
		if !filter.Covers(m) {
			t.Fatalf("the filter of texts rules out message %d\n%q", i, m)
		}
	}
	return b
}

// lines are what a group may hold at its worst, next to what it mostly holds.
var lines = []string{
	"", " ", "\n", "\x00", "a\x00b1 \x00", "\xff\xfe", "ünïcödé 12 – é9", "-", "-0", "-00.5", "0", "00", "007", "1.", ".5", "1.50", "-1.5e3",
	"999999999999999999", "1000000000000000000", "-999999999999999999", "12345678901234567890", "0.000000000000000001", "5%", "+5", "--5",
	"took 12ms", "took 3.50 s", "took 3.5s", "took 3.5abc", "took -3ms", "a-1", "x=-1", "(-1)", "1/5", "12/34/56", "hour=05 part-00012",
	"START RequestId: 8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab Version: $LATEST\n",
	"END RequestId: 8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab\n",
	"REPORT RequestId: 8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab\tDuration: 12.40 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 66 MB\t\n",
	"REPORT RequestId: 8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab\tDuration: 2.00 ms\tBilled Duration: 0 ms\tMemory Size: 128 MB\tMax Memory Used: 66 MB\tInit Duration: 143.20 ms\t\nXRAY TraceId: 1-6748a1b2-0123456789abcdef01234567\tSegmentId: 0123456789abcdef\tSampled: true\t\n",
	"REPORT RequestId: 8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab\tDuration: x ms\tBilled Duration: 0 ms\t",
	"REPORT RequestId: word\tDuration: 1 ms\tDuration: 2 ms\tBilled Duration: 3 ms\tStatus: timeout",
	"2026-11-20T08:00:01.123Z 8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab Task timed out after 3.00 seconds\n\n",
	"2026-11-20T08:00:01.123Z\t8F0A2B6E-6c1d-4b2a-9d3e-0123456789AB\tINFO\thello 1",
	"[INFO]\t2026-11-20T08:00:01.123Z\t8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab\tReceived event: {\"a\":1,\"b\":{\"c\":[1,2,{\"d\":null}]}}\n",
	"[ERROR]\t2026-11-20T08:00:01.123Z\t8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab\tno {json} here {1} {\"a\":tru} {\"ok\":true} tail",
	`{"requestId":"8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab","n":1.50,"s":"a\"\u00e9\\","t":true,"f":false,"z":null,"e":{},"l":[],"@x":"-"}`,
	`  {"a":"1","a":"2","":"empty","k.l":3}  ` + "\n",
	`{"a":01}`, `{"a":1e400}`, `{"a":-0}`, `{"a":1} trailing`, `{"l":[1,2,3,4,5,6,7,8,9,10,11,12,13,14]}`, `{`, `{}`, `{"`, `{{{{{{{{{"a":1}`,
	`{"time":"2026-11-20T08:00:01.123Z","type":"platform.report","record":{"requestId":"8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab","metrics":{"durationMs":12.40,"billedDurationMs":13,"memorySizeMB":128,"maxMemoryUsedMB":66},"status":"success"}}`,
	`{"type":"platform.report","record":{"requestId":"x","metrics":{"durationMs":-1}}}`,
	`79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59 3E57427F3EXAMPLE REST.GET.OBJECT a/b.txt "GET /a/b.txt HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4 "quoted" x" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader host TLSV1.2 - - us-east-1`,
	`79a59df9 bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - 3E57 S3.COMPUTE.OBJECT.CHECKSUM key - - - - 1048576 - - - - - - - - - - - -`,
	`127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?a={} HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"` + "\n",
	`127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /unterminated`, `::1 - - [10/Oct/2000:13:55:36 -0700]`, `127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "`,
	"(8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab) Method completed with status: 200", "(8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab) Received response. Status: 200, Integration latency: 31 ms\n",
	"(8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab) HTTP Method: GET, Resource Path: /orders/{id}", "(8f0a2b6e-6c1d-4b2a-9d3e-0123456789ab) Method request body: {\"a\":1}", "(id) Starting execution for request: 1",
	"2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK", "2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA\n",
	"1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 -",
	`192.0.2.1 - - [10/Oct/2020:13:55:36 +0000]"GET /x HTTP/1.1" 200 12 4a5b-1 -`, `192.0.2.1 - - [10/Oct/2020:13:55:36 +0000] "GET /x HTTP/1.1" 200 12 "-" "curl/8.1"`,
	"26/11/20 08:00:01 INFO DAGScheduler: Submitting 4 missing tasks from s3://bucket/a/b-1.parquet", "081109 203615 148 INFO dfs.DataNode: blk_-6670958622368987959 src: /10.251.109.209:48041",
	"2026-02-29 10:00:00", "2024-02-29 10:00:00,123", "2026-11-20T24:00:00Z", "23:59:59.999", "00:00:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2000/01/01",
	"10.0.0.1", "10.0.0.256", "010.0.0.1", "10.0.0.1.2", "1.2.3", "https://example.com/a?b=c", "a/b/c", "/", "//", "/a", "://x", "8f0a2b6e-6-1d-4b2a-9d3e-0123456789ab 8f0a2b6e-6c1d-4b2a-9d3e-01234567-9ab", `{"id":"8f0a2b6e-6c1d-4b2a-9d3e-01234567-9ab"}`, "//\x00 1", "a //", "/\x00/",
}

func TestRoundTripLines(t *testing.T) {
	for _, times := range []int{1, 2, 7} {
		for _, level := range []colenc.Level{colenc.Fast, colenc.Compact} {
			var msgs []string
			var refs []int64
			for range times {
				for i, m := range lines {
					msgs, refs = append(msgs, m), append(refs, 1_790_000_000_000+int64(i)*1500)
				}
			}
			roundTrip(t, msgs, refs, level)
			for i := range lines {
				one := make([]string, 40*times)
				for k := range one {
					one[k] = lines[i]
				}
				roundTrip(t, one, make([]int64, len(one)), level)
			}
		}
	}
}

// vary rewrites digits, letters and whole tails at random: neighbours of real
// lines.
func vary(r *rand.Rand, s string) string {
	b := []byte(s)
	for n := r.IntN(4); n > 0 && len(b) > 0; n-- {
		i := r.IntN(len(b))
		switch r.IntN(8) {
		case 0:
			b[i] = byte(r.Uint32())
		case 1:
			b = b[:i]
		case 2:
			b = append(b[:i], b[i:]...)
			b = append(b, s[min(i, len(s)-1):]...)
		default:
			for k := range b {
				if b[k] >= '0' && b[k] <= '9' && r.IntN(3) == 0 {
					b[k] = byte('0' + r.IntN(10))
				}
			}
		}
	}
	return string(b)
}

func TestRoundTripVaried(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 1 + r.IntN(600)
		few := lines
		if r.IntN(2) == 0 {
			at := r.IntN(len(lines))
			few = lines[at:min(len(lines), at+1+r.IntN(4))]
		}
		msgs, refs := make([]string, n), make([]int64, n)
		for i := range msgs {
			msgs[i] = vary(r, few[r.IntN(len(few))])
			refs[i] = int64(r.Uint64()) >> r.IntN(64)
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { roundTrip(t, msgs, refs, colenc.Level(1+seed%2)) })
	}
}

func TestRoundTripLarge(t *testing.T) {
	long := strings.Repeat("word 12 ", 1<<17) // 1 MB
	array := `{"a":[` + strings.Repeat(`{"b":"c"},`, 50_000) + `1]}`
	deep := strings.Repeat(`{"a":`, 511) + "1" + strings.Repeat("}", 511)
	keys := strings.Builder{}
	for i := range 5000 {
		fmt.Fprintf(&keys, `,"key%d":%d`, i, i)
	}
	msgs := []string{long, array, deep, "{" + keys.String()[1:] + "}", strings.Repeat("x", 1<<20), strings.Repeat("\x00", 1000), strings.Repeat("9", 1<<16), strings.Repeat("/", 1<<16), strings.Repeat("{", 1<<16)}
	msgs = append(msgs, msgs...)
	roundTrip(t, msgs, make([]int64, len(msgs)), colenc.Compact)
}

// TestTemplatesStayBounded writes messages that have nothing in common.
func TestTemplatesStayBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	msgs := make([]string, 20_000)
	for i := range msgs {
		for range 5 {
			msgs[i] += string(rune('a'+r.IntN(26))) + string(rune('a'+r.IntN(26))) + string(rune('a'+r.IntN(26))) + " "
		}
	}
	b := roundTrip(t, msgs, make([]int64, len(msgs)), colenc.Fast)
	if len(b.Templates) > 2000 {
		t.Errorf("%d templates", len(b.Templates))
	}
}

// TestSelection joins single rows and values of variables.
func TestSelection(t *testing.T) {
	var msgs []string
	for i := range 500 {
		msgs = append(msgs, fmt.Sprintf("processed %d rows in %d.%02ds for /data/part-%05d", i*7, i%9, i%100, i), "idle")
	}
	e := NewEncoder(colenc.Compact)
	refs := make([]int64, len(msgs))
	for _, m := range msgs {
		e.Add(m, 0)
	}
	b, err := Open(e.AppendBlock([]byte("x"))[1:])
	if err != nil {
		t.Fatal(err)
	}
	j, err := NewJoiner(b, refs)
	if err != nil {
		t.Fatal(err)
	}
	var got colenc.Strings
	if err := j.AppendRows(&got, []uint32{998, 1, 4}); err != nil {
		t.Fatal(err)
	}
	for i, r := range []int{998, 1, 4} {
		if string(got.At(i)) != msgs[r] {
			t.Errorf("row %d is %q", r, got.At(i))
		}
	}
	v, err := j.AppendValue(nil, 6, 0)
	if err != nil || string(v) != "21" {
		t.Errorf("first variable of row 6 is %q, %v", v, err)
	}
}
