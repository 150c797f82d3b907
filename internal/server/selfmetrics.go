package server

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	prom "github.com/VictoriaMetrics/metrics"

	"skywatch/internal/awswire"
	"skywatch/internal/logstore"
	"skywatch/internal/metricstore"
	"skywatch/internal/queries"
)

// selfMetrics are the server's own metrics, written as Prometheus text. Names
// follow Prometheus: skywatch_<thing>_<unit>[_total].
type selfMetrics struct {
	set   *prom.Set
	start time.Time
}

func newSelfMetrics(s *Server) *selfMetrics {
	m := &selfMetrics{set: prom.NewSet(), start: time.Now()}
	gauge := func(name string, f func() float64) { m.set.NewGauge(name, f) }
	gauge(fmt.Sprintf("skywatch_info{version=%q}", Version), func() float64 { return 1 })
	gauge("skywatch_uptime_seconds", func() float64 { return time.Since(m.start).Seconds() })

	gauge("skywatch_ingest_events_total", func() float64 { return float64(s.ingest.Stats().Events) })
	gauge("skywatch_ingest_event_bytes_total", func() float64 { return float64(s.ingest.Stats().EventBytes) })
	gauge("skywatch_ingest_rejected_events_total", func() float64 { return float64(s.ingest.Stats().RejectedEvents) })
	gauge("skywatch_ingest_data_total", func() float64 { return float64(s.ingest.Stats().Data) })
	gauge("skywatch_ingest_derived_data_total", func() float64 { return float64(s.ingest.Stats().DerivedData) })
	gauge("skywatch_ingest_throttled_calls_total", func() float64 { return float64(s.ingest.Stats().ThrottledCalls) })
	gauge("skywatch_ingest_in_flight_bytes", func() float64 { return float64(s.ingest.Stats().InFlightBytes) })

	gauge("skywatch_logs_segments", func() float64 { return float64(s.logStore.Stats().Segments) })
	gauge("skywatch_logs_segment_bytes", func() float64 { return float64(s.logStore.Stats().SegmentBytes) })
	gauge("skywatch_logs_segment_events", func() float64 { return float64(s.logStore.Stats().SegmentRows) })
	gauge("skywatch_logs_memtable_bytes", func() float64 { return float64(s.logStore.Stats().MemtableBytes) })
	gauge("skywatch_logs_flushes_total", func() float64 { return float64(s.logStore.Stats().Flushes) })
	gauge("skywatch_logs_compactions_total", func() float64 { return float64(s.logStore.Stats().Compactions) })
	gauge("skywatch_logs_corrupt_blocks_total", func() float64 { return float64(s.logStore.Stats().CorruptBlocks) })
	gauge("skywatch_logs_background_errors_total", func() float64 { return float64(s.logStore.Stats().BackgroundErrors) })

	gauge("skywatch_queries_scheduled", func() float64 { n, _ := s.queries.Counts(); return float64(n) })
	gauge("skywatch_queries_running", func() float64 { _, n := s.queries.Counts(); return float64(n) })

	gauge("skywatch_metrics_series", func() float64 { return float64(s.metrics.Stats().Series) })
	gauge("skywatch_metrics_segments", func() float64 { return float64(s.metrics.Stats().Segments) })
	gauge("skywatch_metrics_segment_bytes", func() float64 { return float64(s.metrics.Stats().SegmentBytes) })
	gauge("skywatch_metrics_segment_points", func() float64 { return float64(s.metrics.Stats().SegmentPoints) })
	gauge("skywatch_metrics_head_bytes", func() float64 { return float64(s.metrics.Stats().HeadBytes) })
	gauge("skywatch_metrics_flushes_total", func() float64 { return float64(s.metrics.Stats().Flushes) })
	gauge("skywatch_metrics_compactions_total", func() float64 { return float64(s.metrics.Stats().Compactions) })
	gauge("skywatch_metrics_corrupt_blocks_total", func() float64 { return float64(s.metrics.Stats().CorruptBlocks) })
	return m
}

// request counts one answered API request.
func (m *selfMetrics) request(r awswire.Request) {
	op := r.Operation
	if op == "" {
		op = "unknown" // text from outside never becomes a label
	}
	labels := fmt.Sprintf("{service=%q,operation=%q", r.Service, op)
	m.set.GetOrCreateCounter("skywatch_requests_total" + labels + ",status=\"" + strconv.Itoa(r.Status) + "\"}").Inc()
	m.set.GetOrCreateHistogram("skywatch_request_duration_seconds" + labels + "}").Update(r.Duration.Seconds())
	m.set.GetOrCreateCounter("skywatch_request_bytes_total" + labels + "}").Add(r.BytesIn)
}

// queryEnded counts a Logs Insights query that ran. The sum of the durations is
// exact, so the difference of two readings is the engine's own time in between.
func (s *Server) queryEnded(status queries.Status, ran time.Duration) {
	s.stats.set.GetOrCreateHistogram(fmt.Sprintf("skywatch_query_duration_seconds{status=%q}", status)).Update(ran.Seconds())
}

func (s *Server) writeMetrics(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	s.stats.set.WritePrometheus(w)
	prom.WriteProcessMetrics(w)
}

// logListener writes the log engine's background work into the server's log.
func (s *Server) logListener() logstore.Listener {
	return logstore.Listener{
		Flushed: func(i logstore.FlushInfo) {
			s.log.Debug("log memtable flushed", "segment", i.Segment, "events", i.Rows, "bytes", i.Bytes, "took", i.Duration)
		},
		Compacted: func(i logstore.CompactInfo) {
			s.log.Debug("log segments compacted", "inputs", len(i.Inputs), "output", i.Output, "eventsIn", i.RowsIn, "eventsOut", i.RowsOut, "took", i.Duration)
		},
		Corrupted: func(i logstore.CorruptInfo) {
			s.log.Error("log block is corrupt and left out", "segment", i.Segment, "block", i.Block, "events", i.Rows, "error", i.Err)
		},
		Failed: func(e logstore.BackgroundErr) {
			s.log.Error("log engine background work failed, will try again", "work", e.Work, "error", e.Err)
		},
	}
}

// metricEvent writes the metric engine's background work into the server's log.
func (s *Server) metricEvent(e metricstore.Event) {
	switch e.Kind {
	case metricstore.EventCorrupt, metricstore.EventFailed:
		s.log.Error("metric engine: "+string(e.Kind), "what", e.What, "error", e.Err)
	case metricstore.EventTorn, metricstore.EventLeftOver:
		s.log.Warn("metric engine: "+string(e.Kind), "what", e.What, "error", e.Err)
	default:
		s.log.Debug("metric engine: "+string(e.Kind), "what", e.What, "points", e.Points, "bytes", e.Bytes, "files", e.Files, "took", e.Duration)
	}
}
