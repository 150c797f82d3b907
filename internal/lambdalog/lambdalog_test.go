package lambdalog

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const id = "79104EXA-0000-4000-8000-123456789abc"
const uuid = "f5d8a3c2-1111-4222-8333-0123456789ab"

func TestParseReport(t *testing.T) {
	good := func(name, msg string, want Report) {
		t.Helper()
		got, ok := ParseReport(msg)
		if !ok {
			t.Errorf("%s: not recognised: %q", name, msg)
		} else if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
	bad := func(name, msg string) {
		t.Helper()
		if got, ok := ParseReport(msg); ok {
			t.Errorf("%s: got %+v, want no report", name, got)
		}
	}
	base := Report{RequestID: id, DurationMs: 26.73, BilledMs: 27, MemorySizeMB: 128, MaxMemoryMB: 75}
	with := func(f func(*Report)) Report { r := base; f(&r); return r }
	line := "REPORT RequestId: " + id + "\tDuration: 26.73 ms\tBilled Duration: 27 ms\tMemory Size: 128 MB\tMax Memory Used: 75 MB\t"

	good("plain", line+"\n", base)
	good("no trailing newline", line, base)
	good("older, trailing blanks", "REPORT RequestId: "+id+"\tDuration: 26.73 ms\tBilled Duration: 27 ms \tMemory Size: 128 MB\tMax Memory Used: 75 MB\t\n", base)
	good("another order", "REPORT RequestId: "+id+"\tMax Memory Used: 75 MB\tMemory Size: 128 MB\tBilled Duration: 27 ms\tDuration: 26.73 ms", base)
	good("cold start", line+"Init Duration: 166.62 ms\t\n", with(func(r *Report) { r.HasInit, r.InitMs = true, 166.62 }))
	good("SnapStart", line+"Restore Duration: 511.25 ms\tBilled Restore Duration: 12 ms\t\n",
		with(func(r *Report) { r.HasRestore, r.RestoreMs, r.BilledRestoreMs = true, 511.25, 12 }))
	good("timeout", line+"Status: timeout\t\n", with(func(r *Report) { r.Status = "timeout" }))
	good("out of memory", line+"Status: error\tError Type: Runtime.OutOfMemory\t\n",
		with(func(r *Report) { r.Status, r.ErrorType = "error", "Runtime.OutOfMemory" }))
	good("xray", line+"\nXRAY TraceId: 1-5e34a614-10bdxmpl\tSegmentId: 07f116a1\tSampled: true\t\n",
		with(func(r *Report) { r.XrayTraceID, r.XraySegmentID = "1-5e34a614-10bdxmpl", "07f116a1" }))
	good("everything, unknown segments", line+"Init Duration: 1 ms\tShoe Size: 43\tno colon\tStatus: success\t\nXRAY TraceId: t\tSegmentId: s\tSampled: true\t\n",
		with(func(r *Report) {
			r.HasInit, r.InitMs, r.Status, r.XrayTraceID, r.XraySegmentID = true, 1, "success", "t", "s"
		}))
	good("json", `{"time":"2024-03-13T18:56:24.046Z","type":"platform.report","record":{"requestId":"`+id+`","status":"success",
 "metrics":{"durationMs":26.73,"billedDurationMs":27,"memorySizeMB":128,"maxMemoryUsedMB":75,"initDurationMs":397.68},
 "tracing":{"spanId":"07f1","type":"X-Amzn-Trace-Id","value":"Root=1-5e34;Parent=07f1;Sampled=1"}}}`,
		with(func(r *Report) {
			r.Status, r.HasInit, r.InitMs, r.XrayTraceID, r.XraySegmentID = "success", true, 397.68, "1-5e34", "07f1"
		}))
	good("json, record first", `{"record":{"metrics":{"durationMs":26.73,"billedDurationMs":27,"memorySizeMB":128,"maxMemoryUsedMB":75},"errorType":"Runtime.OutOfMemory","status":"error","requestId":"`+id+`"},"type":"platform.report"}`,
		with(func(r *Report) { r.Status, r.ErrorType = "error", "Runtime.OutOfMemory" }))

	bad("empty", "")
	bad("app", "REPORT: all good")
	bad("inside", "x "+line)
	bad("no duration", "REPORT RequestId: "+id+"\tBilled Duration: 27 ms\t")
	bad("no id", "REPORT RequestId: \tDuration: 26.73 ms\t")
	bad("bad number", "REPORT RequestId: "+id+"\tDuration: fast ms\t")
	bad("no unit", "REPORT RequestId: "+id+"\tDuration: 3\t")
	bad("nan", "REPORT RequestId: "+id+"\tDuration: nan ms\t")
	bad("negative", "REPORT RequestId: "+id+"\tDuration: -3 ms\t")
	bad("json of another type", `{"type":"platform.start","record":{"requestId":"x","metrics":{"durationMs":1}}}`)
	bad("json of an application", `{"message":"\"platform.report\"","record":{"requestId":"x","metrics":{"durationMs":1}}}`)
	bad("torn json", `{"type":"platform.report","record":{"requestId":"x","metrics":{"durationMs":1}}`)
	bad("json with text number", `{"type":"platform.report","record":{"requestId":"x","metrics":{"durationMs":"1"}}}`)
}

func TestFailures(t *testing.T) {
	gotID, sec, ok := ParseTimeout("2024-03-04T17:22:38.033Z " + uuid + " Task timed out after 3.00 seconds\n\n")
	if gotID != uuid || sec != 3 || !ok {
		t.Errorf("timeout: got %q %v %v", gotID, sec, ok)
	}
	for _, msg := range []string{"", "Task timed out after 3.00 seconds", "2024-03-04T17:22:38.033Z " + uuid + " Task timed out after three seconds",
		"2024-03-04T17:22:38.033Z " + uuid + " Task timed out after 3.00", "2024-03-04T17:22:38.033Z\t" + uuid + "\tINFO\tTask timed out after 3.00 seconds"} {
		if _, _, ok := ParseTimeout(msg); ok {
			t.Errorf("ParseTimeout(%q): ok, want not", msg)
		}
	}
	c, ok := ParseCrash("RequestId: " + id + " Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n")
	if want := (Crash{id, "Runtime exited with error: signal: killed", "Runtime.ExitError"}); !ok || c != want || !c.Killed() {
		t.Errorf("crash: got %+v %v", c, ok)
	}
	oom := func(msg string, want bool) {
		t.Helper()
		if got := OutOfMemory(msg); got != want {
			t.Errorf("OutOfMemory(%q) = %v, want %v", msg, got, want)
		}
	}
	oom("RequestId: "+id+" Error: Runtime exited with error: signal: killed\nRuntime.ExitError", true)
	oom("RequestId: "+id+" Error: Runtime exited with error: exit status 1\nRuntime.ExitError", false)
	oom("REPORT RequestId: "+id+"\tDuration: 1 ms\tStatus: error\tError Type: Runtime.OutOfMemory\t", true)
	oom("REPORT RequestId: "+id+"\tDuration: 1 ms\tStatus: error\tError Type: Runtime.ExitError\t", false)
	oom("Runtime.OutOfMemory", false)
}

func TestInitStart(t *testing.T) {
	f := func(msg, runtime, arn string, want bool) {
		t.Helper()
		r, a, ok := ParseInitStart(msg)
		if r != runtime || a != arn || ok != want {
			t.Errorf("ParseInitStart(%q) = %q, %q, %v", msg, r, a, ok)
		}
	}
	f("INIT_START Runtime Version: python:3.12.v18\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:ab\n", "python:3.12.v18", "arn:aws:lambda:eu-west-1::runtime:ab", true)
	f("INIT_START Runtime Version: go:1\n", "go:1", "", true)
	f(`{"type":"platform.initStart","record":{"phase":"init","runtimeVersion":"nodejs:20.v1","runtimeVersionArn":"arn:x"}}`, "nodejs:20.v1", "arn:x", true)
	f(`{"type":"platform.start","record":{"runtimeVersion":"nodejs:20.v1"}}`, "", "", false)
	f("INIT_START", "", "", false)
}

func TestTypeAndRequestID(t *testing.T) {
	f := func(msg, typ, reqID string) {
		t.Helper()
		if got := Type(msg); got != typ {
			t.Errorf("Type(%q) = %q, want %q", msg, got, typ)
		}
		if got := RequestID(msg); got != reqID {
			t.Errorf("RequestID(%q) = %q, want %q", msg, got, reqID)
		}
	}
	f("", "", "")
	f("START RequestId: "+id+" Version: $LATEST\n", "START", id)
	f("END RequestId: "+id+"\n", "END", id)
	f("REPORT RequestId: "+id+"\tDuration: 1 ms\t", "REPORT", id)
	f("INIT_START Runtime Version: python:3.12.v18\tRuntime Version ARN: a", "INIT_START", "")
	f("INIT_REPORT Init Duration: 1236.04 ms\tPhase: init\tStatus: timeout", "INIT_REPORT", "")
	f("RESTORE_START Runtime Version: java:11.v21\t", "RESTORE_START", "")
	f("RESTORE_REPORT Restore Duration: 511.25 ms", "RESTORE_REPORT", "")
	f("EXTENSION\tName: x\tState: Ready\tEvents: [INVOKE]", "EXTENSION", "")
	f("LOGS\tName: x\tState: Subscribed\tTypes: [Platform]", "LOGS", "")
	f("TELEMETRY\tName: x\tState: Subscribed", "TELEMETRY", "")
	f("STARTED RequestId: x", "", "")
	f("START of day", "", "")
	f("RequestId: "+id+" Error: Runtime exited without providing a reason\nRuntime.ExitError", "", id)
	f("2019-06-07T19:11:20.562Z\t"+uuid+"\tINFO\thello", "", uuid)
	f("2019-06-07T19:11:20.562Z\tundefined\tINFO\thello, starting up now please", "", "")
	f("2024-03-04T17:22:38.033Z "+uuid+" Task timed out after 3.00 seconds\n\n", "", uuid)
	f("[INFO]\t2025-08-31T22:12:58.534Z\t"+uuid+"\tmessage\n", "", uuid)
	f("[INFO] 2025-08-31T22:12:58.534Z "+uuid+" message\n", "", "")
	f(`{"timestamp":"t","level":"INFO","message":"m","requestId":"`+uuid+`"}`, "", uuid)
	f(`{"AWSRequestId":"`+uuid+`","message":"m"}`, "", uuid)
	f(`{"a":{"requestId":"no"},"message":"m"}`, "", "")
	f(`{"time":"t","type":"platform.start","record":{"requestId":"abc"}}`, "START", "abc")
	f(`{"time":"t","type":"platform.runtimeDone","record":{"requestId":"abc","status":"success"}}`, "RUNTIME_DONE", "abc")
	f(`{"time":"t","type":"platform.martian","record":{"requestId":"a\"bc"}}`, "", `a"bc`)
	f(`{"time":"t","type":`, "", "")
}

func TestFunction(t *testing.T) {
	f := func(group, stream, name string, want bool) {
		t.Helper()
		if got, ok := Function(group, stream); ok != want || ok && got != name {
			t.Errorf("Function(%q, %q) = %q, %v", group, stream, got, ok)
		}
	}
	f("/aws/lambda/orders", "2022/06/15/[$LATEST]ab12", "orders", true)
	f("/aws/lambda/orders", "", "orders", true)
	f("/aws/lambda/us-east-1.edge", "x", "us-east-1.edge", true)
	f("/aws/lambda/", "x", "", false)
	f("/aws/lambda/a/b", "x", "", false)
	f("/aws/lambda-insights", "x", "", false)
	f("shared", "2022/06/15/orders[$LATEST]ab12", "orders", true)
	f("shared", "2022/06/15/orders[12]ab12", "orders", true)
	f("shared", "2022/06/15/[12]ab12", "", false)
	f("shared", "2022/06/15/orders[12]", "", false)
	f("shared", "2022/06/15/orders[]ab", "", false)
	f("shared", "22/06/15/orders[12]ab", "", false)
	f("shared", "", "", false)
}

func TestNoAllocations(t *testing.T) {
	msgs := []string{
		"REPORT RequestId: " + id + "\tDuration: 26.73 ms\tBilled Duration: 27 ms\tMemory Size: 128 MB\tMax Memory Used: 75 MB\tInit Duration: 1.5 ms\t\n",
		"2019-06-07T19:11:20.562Z\t" + uuid + "\tINFO\thello",
		`{"timestamp":"t","level":"INFO","message":"m","requestId":"` + uuid + `"}`,
	}
	if n := testing.AllocsPerRun(100, func() {
		for _, m := range msgs {
			ParseReport(m)
			ParseTimeout(m)
			ParseCrash(m)
			Type(m)
			Function("/aws/lambda/x", m)
		}
		RequestID(msgs[0])
		RequestID(msgs[1])
	}); n != 0 {
		t.Errorf("%v allocations for ordinary lines, want 0", n)
	}
}

func FuzzLines(f *testing.F) {
	for _, s := range []string{"REPORT RequestId: x\tDuration: 1 ms\t\nXRAY TraceId: 1\tSegmentId: 2\t", "START RequestId: x",
		`{"type":"platform.report","record":{"requestId":"x","metrics":{"durationMs":1}}}`, "RequestId: a Error: b\nC",
		"2024-03-04T17:22:38.033Z " + uuid + " Task timed out after 3.00 seconds", "2022/06/15/orders[12]ab12"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := ParseReport(s)
		if ok && (r.RequestID == "" || Type(s) != "REPORT") {
			t.Errorf("report %+v of type %q", r, Type(s))
		}
		if !ok && r != (Report{}) {
			t.Errorf("no report but values: %+v", r)
		}
		ParseTimeout(s)
		ParseCrash(s)
		ParseInitStart(s)
		RequestID(s)
		OutOfMemory(s)
		if name, ok := Function(s, s); ok && name == "" {
			t.Error("function without a name")
		}
	})
}

func BenchmarkParseReport(b *testing.B) {
	bench := func(name, msg string) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(msg)))
			for b.Loop() {
				ParseReport(msg)
			}
		})
	}
	bench("text", "REPORT RequestId: "+id+"\tDuration: 26.73 ms\tBilled Duration: 27 ms\tMemory Size: 128 MB\tMax Memory Used: 75 MB\tInit Duration: 1.5 ms\t\n")
	bench("json", `{"time":"2024-03-13T18:56:24.046Z","type":"platform.report","record":{"requestId":"`+id+`","status":"success","metrics":{"durationMs":26.73,"billedDurationMs":27,"memorySizeMB":128,"maxMemoryUsedMB":75,"initDurationMs":397.68}}}`)
	bench("reject", "[INFO]\t2025-08-31T22:12:58.534Z\t"+uuid+"\tmessage\n")
}

// TestDecimal: what is read without ParseFloat is what ParseFloat reads.
func TestDecimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		n := 1 + rng.IntN(20)
		b := make([]byte, 0, n+1)
		for range n {
			b = append(b, byte('0'+rng.IntN(10)))
		}
		if at := rng.IntN(2 * n); at < n {
			b = append(b[:at], append([]byte{'.'}, b[at:]...)...)
		}
		s := string(b)
		want, err := strconv.ParseFloat(s, 64)
		good := err == nil && s[0] != '.' && s[len(s)-1] != '.'
		got, ok := decimal(s)
		if ok != good || ok && got != want {
			t.Fatalf("decimal(%q) = %v, %v; want %v, %v", s, got, ok, want, good)
		}
	}
	for _, s := range []string{"", ".", "1..2", "1.2.3", "-1", "+1", "1e3", "0x1", "inf", "1_0"} {
		if f, ok := decimal(s); ok {
			t.Errorf("decimal(%q) = %v", s, f)
		}
	}
}
