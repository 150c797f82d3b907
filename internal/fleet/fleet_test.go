package fleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"skywatch/internal/inventory"
	"skywatch/internal/metrics"
	"skywatch/internal/scripttest"
)

// TestGoldenTables compares whole tables, as the browser gets them, with
// testdata/<kind>.json.
func TestGoldenTables(t *testing.T) {
	for _, kind := range inventory.Kinds {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			w.estate()
			before := w.mem.Selects()
			table := w.table(kind)
			if n := w.mem.Selects() - before; n > 8 {
				t.Errorf("%d calls of Select, want a few for the whole page", n)
			}
			raw, err := json.Marshal(table)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, raw, "", " "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			scripttest.Golden(t, "testdata/"+kind+".json", got.Bytes())
		})
	}
}

// TestLambdaNumbers checks by hand what the golden file holds.
func TestLambdaNumbers(t *testing.T) {
	w := newWorld(t)
	w.estate()
	r := w.row(inventory.Lambda, "orders-load")
	cost := 5*0.0000166667 + 500*0.0000002
	for name, want := range map[string]float64{
		"invocations": 500, "errors": 60, "errorRate": 12, "throttles": 0, "throttleRate": 0, "durationAvg": 400, "durationMax": 1000,
		"durationP50": 300, "durationP95": 1000, "memoryMB": 512, "memoryUsedMaxMB": 512, "memoryUsedMaxPct": 100, "coldStarts": 5, "coldStartRate": 0.5,
		"initP95": 150, "timeouts": 0, "outOfMemory": 3, "billedMs": 10000, "gbSeconds": 5, "costUSD": cost, "timeoutMs": 30000, "concurrencyMax": 7,
	} {
		if got := r.Values.get(name); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	r = w.row(inventory.Lambda, "logs-only")
	if r.Values.get("invocations") != 3 || r.Values.get("durationP50") != 20 || !math.IsNaN(r.Values.get("errors")) {
		t.Errorf("a function known by its REPORT lines: %v", r.Values)
	}
	if got := r.Spark["invocations"]; got[0] != 3 || got[5] != 0 {
		t.Errorf("its invocations: %v, want REPORT lines counted", got)
	}
	r = w.row(inventory.Lambda, "collected")
	if r.Values.get("durationP50") != 20 || r.Values.get("durationAvg") != 30 || r.Values.get("errors") != 0 || r.Spark["durationP95"][0] != 60 {
		t.Errorf("metrics without distributions, REPORT lines with: %v %v", r.Values, r.Spark["durationP95"])
	}
	if r = w.row(inventory.Lambda, "no-percentiles"); !math.IsNaN(r.Values.get("durationP95")) || r.Values.get("durationMax") != 60 {
		t.Errorf("percentiles without distributions: %v", r.Values)
	}
	if r = w.row(inventory.Lambda, "idle"); !math.IsNaN(r.Values.get("invocations")) || r.Values.get("memoryMB") != 128 || len(r.Warnings) != 0 {
		t.Errorf("an idle function: %v", r.Values)
	}
}

func TestS3Numbers(t *testing.T) {
	w := newWorld(t)
	w.estate()
	r := w.row(inventory.S3, "lake")
	const gb = float64(1 << 30)
	for name, want := range map[string]float64{
		"sizeBytes": 200 * gb, "objects": 1000, "costUSD": 200 * 0.023,
		"growthBytes": 10 * gb, "growth7dBytes": (200 - 140) * gb, "growthPct7d": 100 * 60.0 / 140,
		"requests": 200, "errors4xx": 10, "firstByteP95": 300,
	} {
		if got := r.Values.get(name); math.Abs(got-want) > 1e-6 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	if s := r.Spark["sizeBytes"]; len(s) != sparkDays || s[13] != 200*gb || s[12] != 190*gb || s[0] != 80*gb {
		t.Errorf("sizes %v", s)
	}
}

func TestOrder(t *testing.T) {
	w := newWorld(t)
	for name, n := range map[string]float64{"quiet": 10, "busy": 1000, "broken-a-little": 100, "broken": 5} {
		w.put("AWS/Lambda", "Invocations", "Count", 1, []float64{n}, "FunctionName", name)
	}
	w.put("AWS/Lambda", "Errors", "Count", 1, []float64{2}, "FunctionName", "broken")
	w.put("AWS/Lambda", "Errors", "Count", 1, []float64{2}, "FunctionName", "broken-a-little")
	var names []string
	table := w.table(inventory.Lambda)
	for _, r := range table.Resources {
		names = append(names, r.Name)
	}
	if got, want := strings.Join(names, " "), "broken broken-a-little busy quiet"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
	if table.Totals["critical"] != 1.0 || table.Totals["warning"] != 1.0 || table.Totals.get("invocations") != 1115 || table.Totals["resources"] != 4.0 {
		t.Errorf("totals %v", table.Totals)
	}
}

func TestPick(t *testing.T) {
	g := metrics.Grid{Start: 0, Period: minute, N: 10}
	series := func(unit string, dims ...string) metrics.Series {
		var ds []metrics.Dimension
		for i := 0; i < len(dims); i += 2 {
			ds = append(ds, metrics.Dimension{Name: dims[i], Value: dims[i+1]})
		}
		return metrics.Series{Key: metrics.NewKey(here, "AWS/Lambda", "Duration", ds...), Unit: unit, LastData: 5}
	}
	f := func(name string, want string, list ...metrics.Series) {
		t.Helper()
		for i := range list {
			list[i].ID = metrics.SeriesID(i + 1)
		}
		got := ""
		for _, id := range pick(list, lambdaColumns[lDuration], g) {
			got += string(rune('0' + id))
		}
		if got != want {
			t.Errorf("%s: picked %q, want %q", name, got, want)
		}
	}
	f("the whole function", "2", series("Milliseconds", "FunctionName", "a", "Resource", "a:live"), series("Milliseconds", "FunctionName", "a"))
	f("the resource that is the function", "2", series("Milliseconds", "FunctionName", "a", "Resource", "a:live"), series("Milliseconds", "FunctionName", "a", "Resource", "a"))
	f("all aliases together", "12", series("Milliseconds", "FunctionName", "a", "Resource", "a:1"), series("Milliseconds", "FunctionName", "a", "Resource", "a:2"))
	f("no other unit", "", series("Seconds", "FunctionName", "a"))
	f("a series without unit when there is none in it", "1", series("None", "FunctionName", "a"), series("Seconds", "FunctionName", "a"))
	f("the unit before none", "2", series("None", "FunctionName", "a"), series("Milliseconds", "FunctionName", "a"))
	late := series("Milliseconds", "FunctionName", "a")
	late.FirstData, late.LastData = g.End(), g.End()
	f("no data on the grid", "", late)
}

func TestGrid(t *testing.T) {
	f := func(start, end int64, points int, want metrics.Grid) {
		t.Helper()
		if got := gridFor(noon, start, end, points); got != want {
			t.Errorf("gridFor(%d, %d, %d) = %+v, want %+v", start, end, points, got, want)
		}
	}
	f(noon-day, noon, 48, metrics.Grid{Start: noon - day, Period: 30 * minute, N: 48})
	f(noon-day+1, noon+1, 48, metrics.Grid{Start: noon - day, Period: 30 * minute, N: 49})
	f(noon-minute, noon, 48, metrics.Grid{Start: noon - minute, Period: minute, N: 1})
	f(noon-30*day+1, noon, 30, metrics.Grid{Start: noon - 30*day, Period: day, N: 30})
	f(noon-100*day+minute, noon, 48, metrics.Grid{Start: noon - 100*day, Period: 50 * 60 * minute, N: 48})
}

func TestRefusedInput(t *testing.T) {
	w := newWorld(t)
	f := func(kind string, start, end int64, points int, want string) {
		t.Helper()
		_, err := w.fleet.Table(t.Context(), here, kind, start, end, points)
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %d-%d %d: got error %v, want ErrInvalid with %q", kind, start, end, points, err, want)
		}
	}
	f("ec2", 0, 1, 1, `kind is "ec2"`)
	f("lambda", 5, 5, 1, "range")
	f("lambda", -1, 5, 1, "range")
	f("lambda", 0, 456*day, 1, "range")
	f("lambda", 0, 1, 0, "points")
	f("lambda", 0, 1, 501, "points")
}

func TestThresholds(t *testing.T) {
	w := newWorld(t)
	got, err := w.fleet.Thresholds(t.Context(), here)
	if err != nil || got != DefaultThresholds() {
		t.Fatalf("got %+v, %v, want the defaults", got, err)
	}
	raw, _ := json.Marshal(DefaultThresholds())
	change := func(old, new string) string { return strings.Replace(string(raw), old, new, 1) }
	f := func(body, want string) {
		t.Helper()
		_, err := ParseThresholds([]byte(body))
		if want == "" && err != nil || want != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got error %v, want %q", body, err, want)
		}
	}
	f(string(raw), "")
	f(change(`"memoryHigh":95`, `"memoryHigh":0`), "")
	f(change(`"memoryHigh":95`, `"memoryHigh":-1`), "memoryHigh is -1")
	f(change(`"memoryHigh":95`, `"memoryHigh":null`), "memoryHigh is missing")
	f(change(`"memoryHigh":95,`, ``), "memoryHigh is missing")
	f(change(`"memoryHigh":95`, `"memoryHigh":"95"`), "want an object of numbers")
	f(change(`"memoryHigh":95`, `"memoryHigh":95,"memoryMiddle":5`), `unknown name "memoryMiddle"`)
	f(change(`"errorRateCritical":10`, `"errorRateCritical":0.5`), "errorRateCritical")
	f(string(raw)+"{}", "follows")
	f("", "want an object")
	f("null", "missing")

	set := DefaultThresholds()
	set.MemoryHigh = 50
	if err := w.fleet.SetThresholds(t.Context(), here, set); err != nil {
		t.Fatal(err)
	}
	if got, err = w.fleet.Thresholds(t.Context(), here); err != nil || got != set {
		t.Errorf("got %+v, %v, want what was set", got, err)
	}
}

func TestRatesAreComplete(t *testing.T) {
	r := DefaultRates()
	if r.Checked == "" || r.Source == "" || r.Lambda.PerGBSecond <= 0 || r.Lambda.PerRequest <= 0 || r.Glue.PerDPUHour <= 0 {
		t.Errorf("rates %+v", r)
	}
	for typ, class := range r.S3StorageTypes {
		if r.S3PerGBMonth[class] <= 0 {
			t.Errorf("storage type %s is billed as %s, which has no price", typ, class)
		}
	}
}

func FuzzParseThresholds(f *testing.F) {
	raw, _ := json.Marshal(DefaultThresholds())
	f.Add(raw)
	f.Add([]byte(`{"memoryHigh":1e400}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := ParseThresholds(body); err == nil {
			again, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := ParseThresholds(again); err != nil || back != got {
				t.Errorf("%s comes back as %+v, %v", again, back, err)
			}
		}
	})
}
