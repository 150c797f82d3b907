// Package metricsapi answers CloudWatch's metric operations: PutMetricData,
// GetMetricData, GetMetricStatistics and ListMetrics. One file holds one
// operation.
//
// A write is checked whole, with the messages that AWS gives, turned into
// [metrics.Datum] values and handed to [Ingest] in one call, so that it is
// stored whole or not at all. A read is checked, laid on a period grid by
// metricexec and read through a [metrics.Index] and a [metrics.Selector].
//
// Where this server differs from AWS:
//
//   - Namespaces that begin with "AWS/" may be written: the collectors that
//     bring AWS's own metrics here use this API, and so may their users.
//   - Data is readable as soon as PutMetricData has answered.
//   - Entities (EntityMetricData) are checked and counted; their metric data is
//     stored like any other, the entity itself is not.
//   - GetMetricData refuses expressions, Metrics Insights queries and other
//     accounts by name.
package metricsapi

import (
	"context"
	"time"

	"skywatch/internal/awswire"
	"skywatch/internal/metrics"
)

// Ingest takes checked datapoints in.
type Ingest interface {
	// PutMetricData makes all data durable or none.
	PutMetricData(ctx context.Context, data []metrics.Datum) error
}

// Config is what the operations work with. All fields but Now are needed.
type Config struct {
	Ingest   Ingest
	Index    metrics.Index
	Selector metrics.Selector
	Now      func() time.Time // time.Now when nil
}

type api struct{ Config }

// Register puts the handlers of the metric operations on svc, the description
// of CloudWatch.
func Register(svc *awswire.Service, cfg Config) {
	if cfg.Ingest == nil || cfg.Index == nil || cfg.Selector == nil {
		panic("metricsapi: Ingest, Index and Selector are needed")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &api{cfg}
	awswire.Handle(svc, "PutMetricData", a.putMetricData)
	awswire.Handle(svc, "GetMetricStatistics", a.getMetricStatistics)
	awswire.Handle(svc, "GetMetricData", a.getMetricData)
	awswire.Handle(svc, "ListMetrics", a.listMetrics)
}
