package estate

import (
	"math"
	"time"
)

// logSource writes the events of what starts in the minutes [from, to).
type logSource interface {
	logs(from, to int64, b *logBuf)
}

// metricSource writes the data of the minutes [from, to).
type metricSource interface {
	metrics(from, to int64, b *metricBuf)
}

// serviceLogs are the sources that write all the time.
func (e *Estate) serviceLogs() []logSource {
	var s []logSource
	for _, f := range e.functions {
		s = append(s, f)
	}
	for _, a := range e.apis {
		s = append(s, a)
	}
	for _, k := range e.buckets {
		if k.accessLog {
			s = append(s, k)
		}
	}
	for _, j := range e.jobs {
		s = append(s, j)
	}
	return s
}

// serviceMetrics are the sources that have data for each minute.
func (e *Estate) serviceMetrics() []metricSource {
	return []metricSource{lambdaMetrics{e.functions}, apiMetrics{e.apis}, glueMetrics{e.jobs}, s3Requests{e.buckets}}
}

// allLogs and allMetrics add the records and the daily metrics.
func (e *Estate) allLogs() []logSource {
	return append(e.serviceLogs(), functionConfigs{e}, jobRuns{e})
}

func (e *Estate) allMetrics() []metricSource { return append(e.serviceMetrics(), s3Storage{e}) }

// minute returns the minute of a time.
func minute(t time.Time) int64 { return t.UnixMilli() / minuteMillis }

// Generate writes everything that starts in [from, to), cut to minutes, hour by
// hour: first the metrics of an hour, then its logs, resource by resource.
// Events may be later than to. A nil function leaves its side out. The first
// error ends it. Batches are valid only until the function returns.
func (e *Estate) Generate(from, to time.Time, logs func(LogBatch) error, metrics func(MetricBatch) error) error {
	lb, mb := &logBuf{}, &metricBuf{emit: metrics}
	for m, end := minute(from), minute(to); m < end; m += 60 {
		until := min(m+60, end)
		if metrics != nil {
			for _, s := range e.allMetrics() {
				s.metrics(m, until, mb)
			}
			if mb.flush(); mb.err != nil {
				return mb.err
			}
		}
		if logs != nil {
			for _, s := range e.allLogs() {
				s.logs(m, until, lb)
				if err := lb.flush(0, math.MaxInt64, logs); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
