package estate

import (
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"skywatch/internal/lambdalog"
)

const uuidForm = `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`

var (
	lambdaStream = regexp.MustCompile(`^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$`)
	reportForm   = regexp.MustCompile(`^REPORT RequestId: ` + uuidForm + `\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: \d+ MB\tMax Memory Used: \d+ MB\t` +
		`(Init Duration: \d+\.\d\d ms\t)?(Status: (timeout|error)\t)?(Error Type: [\w.]+\t)?\n(XRAY TraceId: 1-[0-9a-f]{8}-[0-9a-f]{24}\tSegmentId: [0-9a-f]{16}\tSampled: true\t\n)?$`)
	isoForm = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`
	// Every line of a function is one of these, or JSON.
	lambdaForms = []*regexp.Regexp{
		reportForm,
		regexp.MustCompile(`^START RequestId: ` + uuidForm + ` Version: \$LATEST\n$`),
		regexp.MustCompile(`^END RequestId: ` + uuidForm + `\n$`),
		regexp.MustCompile(`^INIT_START Runtime Version: [\w:.]+\tRuntime Version ARN: arn:aws:lambda:[\w-]+::runtime:[0-9a-f]{64}\n$`),
		regexp.MustCompile(`^` + isoForm + ` ` + uuidForm + ` Task timed out after \d+\.\d\d seconds\n\n$`),
		regexp.MustCompile(`^RequestId: ` + uuidForm + ` Error: Runtime exited with error: signal: killed\nRuntime\.ExitError\n$`),
		regexp.MustCompile(`^\[(INFO|WARNING|ERROR|DEBUG)\]\t` + isoForm + `\t` + uuidForm + `\t.+\n$`),
		regexp.MustCompile(`^` + isoForm + `\t` + uuidForm + `\t(INFO|WARN|ERROR|DEBUG)\t.+\n$`),
		regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ` + uuidForm + ` (INFO |WARN |ERROR|DEBUG) Handler - .+\n$`),
		regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d .+\n$`),
		regexp.MustCompile(`^\[ERROR\] [\w.]+: .+\nTraceback \(most recent call last\):\n(  .+\n)+$`),
		regexp.MustCompile(`^[A-Z][^\n]*: java[\w.]+\njava[\w.]+: .+\n(\tat .+\n)+$`),
		regexp.MustCompile(`^(Received event|record rejected|slow upstream|processed|received|wrote|loaded|retrying|added|consumed|committed|merged|query|updated|GET|cache|skipped|progress)[:, ].+\n$`),
	}
	sparkForm    = regexp.MustCompile(`^(\d\d/\d\d/\d\d \d\d:\d\d:\d\d (INFO|WARN|ERROR) \w+: .+|  +.+|pyspark\..+)$`)
	progressForm = regexp.MustCompile(`^\[Stage \d+ \(.+\):=+> \(\d+ \+ \d+\) / \d+\]$`)
	executionID  = regexp.MustCompile(`^\(` + uuidForm + `\) .+$`)
)

// splitAccess splits an S3 access log record with quotes and brackets.
var accessField = regexp.MustCompile(`\[[^\]]*\]|"[^"]*"|\S+`)

// TestEveryLineParses reads the part of a day that has every incident.
func TestEveryLineParses(t *testing.T) {
	e := newEstate(t, Config{Seed: 5, EventsPerDay: 600_000})
	seen := map[string]int{}
	wrong := 0
	fail := func(group string, message []byte) {
		t.Helper()
		if wrong++; wrong < 10 {
			t.Errorf("%s: %q", group, message)
		}
	}
	check := func(kind, group string, ok bool, message []byte) {
		t.Helper()
		seen[kind]++
		if !ok {
			fail(group, message)
		}
	}
	err := e.Generate(benchStart.Add(14*time.Hour), benchStart.Add(24*time.Hour), func(b LogBatch) error {
		for i := range b.Events {
			m := b.Events[i].Message
			text := string(m)
			switch {
			case strings.HasPrefix(b.Group, "/aws/lambda/"):
				if !lambdaStream.MatchString(b.Stream) {
					fail(b.Group, []byte(b.Stream))
				}
				if m[0] == '{' {
					check("json", b.Group, json.Valid(m), m)
					continue
				}
				k := slices.IndexFunc(lambdaForms, func(r *regexp.Regexp) bool { return r.MatchString(text) })
				check("lambda form "+strconv.Itoa(k), b.Group, k >= 0, m)
				if strings.HasPrefix(text, "REPORT") {
					_, ok := lambdalog.ParseReport(text)
					check("report", b.Group, ok, m)
				}
				if _, payload, ok := strings.Cut(text, "Received event: "); ok {
					check("payload", b.Group, json.Valid([]byte(payload)), m)
				}
				if _, object, ok := strings.Cut(text, "Invoke Error \t"); ok {
					check("invoke error", b.Group, json.Valid([]byte(object)), m)
				}
			case b.Group == glueErrorGroup:
				check("spark", b.Group, sparkForm.Match(m), m)
			case b.Group == glueOutputGroup && strings.HasSuffix(b.Stream, "-progress-bar"):
				check("progress", b.Group, progressForm.Match(m), m)
			case b.Group == glueOutputGroup:
				check("output", b.Group, strings.HasSuffix(text, "\n"), m)
			case strings.HasPrefix(b.Group, s3AccessGroup):
				f := accessField.FindAllString(text, -1)
				check("s3", b.Group, len(f) == 27, m)
			case strings.HasPrefix(b.Group, "API-Gateway-Execution-Logs_"):
				check("execution", b.Group, executionID.Match(m), m)
			case strings.HasPrefix(b.Group, accessLogGroupForm):
				var v map[string]string // every value is a string
				check("access", b.Group, json.Unmarshal(m, &v) == nil && v["requestId"] != "" && v["status"] != "", m)
			case b.Group == FunctionConfigGroup:
				var v struct {
					FunctionName, Runtime, CodeSha256, LastModified string
					Timeout, MemorySize                             int
				}
				check("configuration", b.Group, json.Unmarshal(m, &v) == nil && v.Timeout > 0 && v.MemorySize >= 128 && len(v.CodeSha256) == 44, m)
			case b.Group == JobRunGroup:
				var v struct {
					Id, JobName, JobRunState string
					StartedOn, CompletedOn   float64
					ExecutionTime            int
					MaxCapacity              float64
				}
				check("job run", b.Group, json.Unmarshal(m, &v) == nil && len(v.Id) == 67 && v.CompletedOn > v.StartedOn &&
					math.Abs(v.CompletedOn*1000-float64(b.Events[i].Timestamp)) < 1 && v.MaxCapacity > 0, m)
			default:
				t.Fatalf("unexpected group %q", b.Group)
			}
		}
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range lambdaForms {
		if seen["lambda form "+strconv.Itoa(i)] == 0 {
			t.Errorf("no line of the form %v", lambdaForms[i])
		}
	}
	for _, kind := range []string{"json", "report", "payload", "invoke error", "spark", "progress", "output", "s3", "execution", "access", "configuration", "job run"} {
		if seen[kind] == 0 {
			t.Errorf("no %s line; seen %v", kind, slices.Sorted(maps.Keys(seen)))
		}
	}
}

// TestSpilling checks that nothing writes later than maxSpill after its minute.
func TestSpilling(t *testing.T) {
	e := newEstate(t, Config{Seed: 5})
	from := benchStart
	for range 24 {
		err := e.Generate(from, from.Add(time.Hour), func(b LogBatch) error {
			last := b.Events[len(b.Events)-1].Timestamp
			if late := last - from.Add(time.Hour).UnixMilli(); late > (maxSpill-1)*minuteMillis {
				t.Errorf("%s %s: an event %d minutes after its hour", b.Group, b.Stream, late/minuteMillis)
			}
			return nil
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		from = from.Add(time.Hour)
	}
}

func TestText(t *testing.T) {
	at := time.Date(2024, 2, 29, 3, 4, 5, 678e6, time.UTC)
	check := func(got []byte, want string) {
		t.Helper()
		if string(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	check(appendISO(nil, at.UnixMilli()), "2024-02-29T03:04:05.678Z")
	check(appendPlainTime(nil, at.UnixMilli(), ','), "2024-02-29 03:04:05,678")
	check(appendCLFTime(nil, at.UnixMilli()), "29/Feb/2024:03:04:05 +0000")
	check(appendCenti(nil, 305), "3.05")
	check(appendPadded(nil, 0, 2), "00")
	check(appendFilled(nil, "a # of # #", []int64{3, 40}), "a 3 of 40 #")
	for day := int64(0); day < 40000; day += 13 {
		check(appendDate(nil, day*dayMillis, '-'), time.UnixMilli(day*dayMillis).UTC().Format("2006-01-02"))
	}
}
