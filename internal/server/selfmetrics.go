package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"skywatch/internal/awswire"
	"skywatch/internal/logstore"
	"skywatch/internal/metricstore"
	"skywatch/internal/queries"
	"skywatch/internal/wal"
)

// selfMetrics are the server's own metrics in Prometheus's form. Names follow
// its conventions: skywatch_<thing>_<unit>[_total].
type selfMetrics struct {
	registry *prometheus.Registry
	handler  http.Handler
	requests *prometheus.CounterVec
	received *prometheus.CounterVec
	duration *prometheus.HistogramVec
	queries  *prometheus.HistogramVec
}

func newSelfMetrics(s *Server) *selfMetrics {
	m := &selfMetrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "skywatch_requests_total", Help: "API requests answered.",
		}, []string{"service", "operation", "status"}),
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "skywatch_request_bytes_total", Help: "Bytes of request bodies as sent.",
		}, []string{"service", "operation"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "skywatch_request_duration_seconds", Help: "Time from a request's headers to its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"service", "operation"}),
		queries: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "skywatch_query_duration_seconds", Help: "Time a Logs Insights query ran, without its wait for a worker.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}, []string{"status"}),
	}
	m.registry.MustRegister(m.requests, m.received, m.duration, m.queries,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})

	gauge := func(name, help string, f func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f))
	}
	counter := func(name, help string, f func() float64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, f))
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "skywatch_info", Help: "The program's version.", ConstLabels: prometheus.Labels{"version": Version}})
	info.Set(1)
	m.registry.MustRegister(info)

	counter("skywatch_ingest_events_total", "Log events stored.", func() float64 { return float64(s.ingest.Stats().Events) })
	counter("skywatch_ingest_event_bytes_total", "Message bytes and 26 per event, as PutLogEvents counts.", func() float64 { return float64(s.ingest.Stats().EventBytes) })
	counter("skywatch_ingest_rejected_events_total", "Log events outside the time window.", func() float64 { return float64(s.ingest.Stats().RejectedEvents) })
	counter("skywatch_ingest_data_total", "Datapoints stored that writers gave.", func() float64 { return float64(s.ingest.Stats().Data) })
	counter("skywatch_ingest_derived_data_total", "Datapoints stored that came out of log events.", func() float64 { return float64(s.ingest.Stats().DerivedData) })
	counter("skywatch_ingest_throttled_calls_total", "Writes refused because no room came free in time.", func() float64 { return float64(s.ingest.Stats().ThrottledCalls) })
	gauge("skywatch_ingest_in_flight_bytes", "Bytes being written now.", func() float64 { return float64(s.ingest.Stats().InFlightBytes) })

	gauge("skywatch_logs_segments", "Log segments that live.", func() float64 { return float64(s.logStore.Stats().Segments) })
	gauge("skywatch_logs_segment_bytes", "Their size on disk.", func() float64 { return float64(s.logStore.Stats().SegmentBytes) })
	gauge("skywatch_logs_blocks", "Blocks in segments.", func() float64 { return float64(s.logStore.Stats().Blocks) })
	gauge("skywatch_logs_segment_events", "Events in them.", func() float64 { return float64(s.logStore.Stats().SegmentRows) })
	gauge("skywatch_logs_memtable_bytes", "Events in memory that are not yet in segments.", func() float64 { return float64(s.logStore.Stats().MemtableBytes) })
	counter("skywatch_logs_flushes_total", "Memtables written to segments.", func() float64 { return float64(s.logStore.Stats().Flushes) })
	counter("skywatch_logs_compactions_total", "Merges of segments.", func() float64 { return float64(s.logStore.Stats().Compactions) })
	gauge("skywatch_logs_compacting", "1 while segments are merged.", func() float64 {
		if s.logStore.Stats().Compacting {
			return 1
		}
		return 0
	})
	counter("skywatch_logs_corrupt_blocks_total", "Damaged blocks met since the start and left out, each counted once.", func() float64 { return float64(s.logStore.Stats().CorruptBlocks) })
	counter("skywatch_logs_background_errors_total", "Failures of background work, which is tried again.", func() float64 { return float64(s.logStore.Stats().BackgroundErrors) })

	gauge("skywatch_queries_scheduled", "Queries that wait for a worker.", func() float64 { n, _ := s.queries.Counts(); return float64(n) })
	gauge("skywatch_queries_running", "Queries that run.", func() float64 { _, n := s.queries.Counts(); return float64(n) })
	gauge("skywatch_live_tail_sessions", "Live tail sessions that are open.", func() float64 { return float64(s.tail.Sessions()) })

	gauge("skywatch_metrics_series", "Metric series known.", func() float64 { return float64(s.metrics.Stats().Series) })
	gauge("skywatch_metrics_segments", "Metric segments that live.", func() float64 { return float64(s.metrics.Stats().Segments) })
	gauge("skywatch_metrics_segment_bytes", "Their size on disk.", func() float64 { return float64(s.metrics.Stats().SegmentBytes) })
	gauge("skywatch_metrics_segment_points", "Points in them.", func() float64 { return float64(s.metrics.Stats().SegmentPoints) })
	gauge("skywatch_metrics_head_bytes", "Points in memory that are not yet in segments.", func() float64 { return float64(s.metrics.Stats().HeadBytes) })
	counter("skywatch_metrics_flushes_total", "Heads written to segments.", func() float64 { return float64(s.metrics.Stats().Flushes) })
	counter("skywatch_metrics_compactions_total", "Merges of segments.", func() float64 { return float64(s.metrics.Stats().Compactions) })
	counter("skywatch_metrics_corrupt_blocks_total", "Damaged blocks met and left out.", func() float64 { return float64(s.metrics.Stats().CorruptBlocks) })
	return m
}

// request counts one answered API request.
func (m *selfMetrics) request(r awswire.Request) {
	op := r.Operation
	if op == "" || r.Service == "" {
		op = "unknown" // text from outside never becomes a label
	}
	m.requests.WithLabelValues(r.Service, op, strconv.Itoa(r.Status)).Inc()
	m.received.WithLabelValues(r.Service, op).Add(float64(r.BytesIn))
	m.duration.WithLabelValues(r.Service, op).Observe(r.Duration.Seconds())
}

// queryEnded counts a Logs Insights query that ran. The sum of the durations is
// exact, so the difference of two readings is the engine's own time in between.
func (s *Server) queryEnded(status queries.Status, ran time.Duration) {
	s.stats.queries.WithLabelValues(string(status)).Observe(ran.Seconds())
}

// logListener writes the log engine's background work into the server's log.
func (s *Server) logListener() logstore.Listener {
	return logstore.Listener{
		Recovered: func(r wal.Recovery) {
			if r.TornBytes > 0 {
				s.log.Warn("the end of the write-ahead log was cut off: a write that a crash interrupted, acknowledged to nobody", "file", r.TornFile, "offset", r.TornOffset, "bytes", r.TornBytes)
			}
		},
		Healed: func(err error) {
			s.log.Error("the manifest was damaged, and its copy has taken its place: nothing is lost", "error", err)
		},
		Flawed: func(segment string, err error) {
			s.log.Error("log segment is damaged where it holds no events: nothing is lost, and it is written anew when there is time", "segment", segment, "error", err)
		},
		Flushed: func(i logstore.FlushInfo) {
			s.log.Debug("log memtable flushed", "segment", i.Segment, "events", i.Rows, "bytes", i.Bytes, "took", i.Duration)
		},
		Compacted: func(i logstore.CompactInfo) {
			s.log.Debug("log segments compacted", "inputs", len(i.Inputs), "output", i.Output, "eventsIn", i.RowsIn, "eventsOut", i.RowsOut, "took", i.Duration)
		},
		Corrupted: func(i logstore.CorruptInfo) {
			if i.Block < 0 {
				s.log.Error("log segment is damaged and left out", "segment", i.Segment, "events", i.Rows, "error", i.Err)
				return
			}
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
	case metricstore.EventCorrupt, metricstore.EventFailed, metricstore.EventHealed:
		s.log.Error("metric engine: "+string(e.Kind), "what", e.What, "error", e.Err)
	case metricstore.EventTorn, metricstore.EventLeftOver:
		s.log.Warn("metric engine: "+string(e.Kind), "what", e.What, "error", e.Err)
	default:
		s.log.Debug("metric engine: "+string(e.Kind), "what", e.What, "points", e.Points, "bytes", e.Bytes, "files", e.Files, "took", e.Duration)
	}
}
