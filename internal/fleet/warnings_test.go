package fleet

import (
	"testing"

	"skywatch/internal/inventory"
)

// TestRulesAtTheirThresholds puts each rule's number just below, on and above
// its threshold. The data stand in the periods that begin at minutes 10 and 20
// of the range; the bad ones in the second.
func TestRulesAtTheirThresholds(t *testing.T) {
	type build func(w *world)
	f := func(name, kind, want string, b build) {
		t.Helper()
		w := newWorld(t)
		b(w)
		if got := fired(w.row(kind, "r")); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	fn := []string{"FunctionName", "r"}
	invoked := func(w *world, n float64) { w.put("AWS/Lambda", "Invocations", "Count", 20, []float64{n}, fn...) }
	aws := func(metric string, v float64) build {
		return func(w *world) {
			invoked(w, 1000)
			w.put("AWS/Lambda", "Invocations", "Count", 10, []float64{0}, fn...)
			w.put("AWS/Lambda", metric, "Count", 20, []float64{v}, fn...)
		}
	}
	f("no errors", inventory.Lambda, "", aws("Errors", 0))
	f("errors on the threshold", inventory.Lambda, "", aws("Errors", 10))
	f("errors above", inventory.Lambda, "errors:warning@20", aws("Errors", 10.1))
	f("errors on the critical threshold", inventory.Lambda, "errors:warning@20", aws("Errors", 100))
	f("errors above critical", inventory.Lambda, "errors:critical@20", aws("Errors", 101))
	f("throttles on the threshold", inventory.Lambda, "", func(w *world) {
		invoked(w, 900)
		w.put("AWS/Lambda", "Throttles", "Count", 20, []float64{100}, fn...)
	})
	f("throttles above", inventory.Lambda, "throttles:critical@20", func(w *world) {
		invoked(w, 899)
		w.put("AWS/Lambda", "Throttles", "Count", 20, []float64{101}, fn...)
	})
	f("throttled altogether", inventory.Lambda, "throttles:critical@20", func(w *world) {
		w.put("AWS/Lambda", "Invocations", "Count", 20, []float64{0}, fn...)
		w.put("AWS/Lambda", "Throttles", "Count", 20, []float64{5}, fn...)
	})

	memory := func(size, first, second float64) build {
		return func(w *world) {
			w.put("Skywatch/Lambda", "MemorySize", "Megabytes", 20, []float64{size}, fn...)
			w.put("Skywatch/Lambda", "MemoryUtilization", "Percent", 10, []float64{first}, fn...)
			w.put("Skywatch/Lambda", "MemoryUtilization", "Percent", 20, []float64{second}, fn...)
		}
	}
	f("memory on the threshold", inventory.Lambda, "", memory(512, 50, 95))
	f("memory above", inventory.Lambda, "memoryHigh:warning@20", memory(512, 50, 95.1))
	f("memory nearly gone", inventory.Lambda, "memoryHigh:critical@20", memory(512, 50, 99.1))
	f("memory high before, not now", inventory.Lambda, "memoryHigh:warning@10", memory(512, 96, 50))
	f("memory high all the time", inventory.Lambda, "memoryHigh:warning@10", memory(512, 96, 97))
	f("memory low on the threshold", inventory.Lambda, "memoryLow:info@10", memory(512, 9, 10))
	f("memory once above low", inventory.Lambda, "", memory(512, 9, 10.1))
	f("memory low at the floor", inventory.Lambda, "", memory(128, 5, 5))

	duration := func(longest float64, timeout any) build {
		return func(w *world) {
			invoked(w, 10)
			w.put("AWS/Lambda", "Duration", "Milliseconds", 10, []float64{1}, fn...)
			w.put("AWS/Lambda", "Duration", "Milliseconds", 20, []float64{1, longest}, fn...)
			if timeout != nil {
				w.fact(inventory.Lambda, "r", "timeoutMs", timeout)
			}
		}
	}
	f("duration on the threshold", inventory.Lambda, "", duration(950, 1000.0))
	f("duration above", inventory.Lambda, "durationHigh:warning@20", duration(951, 1000.0))
	f("duration without a known timeout", inventory.Lambda, "", duration(951, nil))

	flags := func(metric string, ones, n int) build {
		return func(w *world) {
			w.put("Skywatch/Lambda", metric, "Count", 10, []float64{0}, fn...)
			w.put("Skywatch/Lambda", metric, "Count", 20, append(repeat(0, n-ones-1), repeat(1, ones)...), fn...)
		}
	}
	f("cold starts on the threshold", inventory.Lambda, "", flags("ColdStarts", 1, 100))
	f("cold starts above", inventory.Lambda, "coldStarts:info@20", flags("ColdStarts", 2, 100))
	f("no timeout", inventory.Lambda, "", flags("Timeouts", 0, 100))
	f("one timeout", inventory.Lambda, "timeouts:critical@20", flags("Timeouts", 1, 100))
	f("memory enough", inventory.Lambda, "", flags("OutOfMemory", 0, 100))
	f("out of memory once", inventory.Lambda, "outOfMemory:critical@20", flags("OutOfMemory", 1, 100))
	f("worst first", inventory.Lambda, "outOfMemory:critical@20 timeouts:critical@20 memoryHigh:warning@20 coldStarts:info@20", func(w *world) {
		flags("ColdStarts", 5, 100)(w)
		memory(512, 50, 96)(w)
		flags("Timeouts", 1, 100)(w)
		flags("OutOfMemory", 1, 100)(w)
	})

	runs := func(failed float64, state string) build {
		return func(w *world) {
			w.put("Skywatch/Glue", "Failures", "Count", 10, []float64{0}, "JobName", "r")
			w.put("Skywatch/Glue", "Failures", "Count", 20, []float64{failed}, "JobName", "r")
			w.put("Skywatch/Glue", "Runs", "Count", 20, []float64{1}, "JobName", "r")
			w.fact(inventory.Glue, "r", "lastRunState", state)
		}
	}
	f("no failed run", inventory.Glue, "", runs(0, "SUCCEEDED"))
	f("a failed run, the newest succeeded", inventory.Glue, "failures:warning@20", runs(1, "SUCCEEDED"))
	f("the newest run failed", inventory.Glue, "failures:critical@20", runs(1, "TIMEOUT"))
	f("failed before the range only", inventory.Glue, "", runs(0, "FAILED"))
	heap := func(metric string, v float64) build {
		return func(w *world) {
			w.put("Glue", metric, "None", 20, []float64{v}, "JobName", "r", "JobRunId", "ALL", "Type", "gauge")
		}
	}
	f("heap on the threshold", inventory.Glue, "", heap("glue.ALL.jvm.heap.usage", 0.9))
	f("heap above", inventory.Glue, "heapHigh:warning@20", heap("glue.ALL.jvm.heap.usage", 0.91))
	f("heap of the driver above", inventory.Glue, "heapHigh:warning@20", heap("glue.driver.jvm.heap.usage", 0.91))

	api := func(metric string, v float64) build {
		return func(w *world) {
			w.put("AWS/ApiGateway", "Count", "Count", 20, []float64{1000}, "ApiName", "r")
			w.put("AWS/ApiGateway", metric, "Count", 20, []float64{v}, "ApiName", "r")
		}
	}
	f("5xx on the threshold", inventory.APIGateway, "", api("5XXError", 10))
	f("5xx above", inventory.APIGateway, "errors5xx:warning@20", api("5XXError", 11))
	f("5xx above critical", inventory.APIGateway, "errors5xx:critical@20", api("5xx", 101))
	f("4xx on the threshold", inventory.APIGateway, "", api("4XXError", 100))
	f("4xx above", inventory.APIGateway, "errors4xx:warning@20", api("4xx", 101))
	latency := func(v float64) build {
		return func(w *world) {
			w.put("AWS/ApiGateway", "Latency", "Milliseconds", 20, []float64{1, v}, "ApiName", "r")
		}
	}
	f("latency on the threshold", inventory.APIGateway, "", latency(5000))
	f("latency above", inventory.APIGateway, "latencyHigh:warning@20", latency(5001))

	bucket := func(week, now float64) build {
		return func(w *world) {
			today := noon / day * day
			w.putAt("AWS/S3", "BucketSizeBytes", "Bytes", today-7*day, []float64{week}, false, "BucketName", "r", "StorageType", "StandardStorage")
			w.putAt("AWS/S3", "BucketSizeBytes", "Bytes", today, []float64{now}, false, "BucketName", "r", "StorageType", "StandardStorage")
		}
	}
	f("growth on the threshold", inventory.S3, "", bucket(100, 125))
	f("growth above", inventory.S3, "growth:warning", bucket(100, 126))
	f("shrinking", inventory.S3, "", bucket(100, 10))
	requests := func(metric string, v float64) build {
		return func(w *world) {
			w.put("AWS/S3", "AllRequests", "Count", 20, []float64{1000}, "BucketName", "r", "FilterId", "all")
			w.put("AWS/S3", metric, "Count", 20, []float64{v}, "BucketName", "r", "FilterId", "all")
		}
	}
	f("bucket errors on the threshold", inventory.S3, "", requests("4xxErrors", 10))
	f("bucket errors above", inventory.S3, "errors:warning@20", requests("5xxErrors", 11))
	f("bucket errors above critical", inventory.S3, "errors:critical@20", requests("4xxErrors", 101))
}

// TestThresholdsAreThoseOfTheScope: a changed limit changes what fires.
func TestThresholdsAreThoseOfTheScope(t *testing.T) {
	w := newWorld(t)
	w.put("Skywatch/Lambda", "MemoryUtilization", "Percent", 20, []float64{60}, "FunctionName", "r")
	if got := fired(w.row(inventory.Lambda, "r")); got != "" {
		t.Fatalf("with defaults: %q", got)
	}
	limits := DefaultThresholds()
	limits.MemoryHigh = 59
	if err := w.fleet.SetThresholds(t.Context(), here, limits); err != nil {
		t.Fatal(err)
	}
	r := w.row(inventory.Lambda, "r")
	if got := fired(r); got != "memoryHigh:warning@20" || r.Warnings[0].Threshold != 59 || r.Warnings[0].Value != 60 {
		t.Errorf("with 59: %q %+v", got, r.Warnings)
	}
}
