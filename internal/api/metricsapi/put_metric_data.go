package metricsapi

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metrics"
)

const (
	maxData   = 1000 // of a request, over MetricData and EntityMetricData
	maxValues = 150  // of a datum

	oldestDatum = 14 * 24 * time.Hour
	newestDatum = 2 * time.Hour
)

// maxValue is the largest magnitude of a value.
var maxValue = math.Ldexp(1, 360)

func (a *api) putMetricData(ctx context.Context, in *cloudwatch.PutMetricDataInput) (*cloudwatch.PutMetricDataOutput, error) {
	if err := checkNamespace("Namespace", in.Namespace); err != nil {
		return nil, err
	}
	total := len(in.MetricData)
	for _, e := range in.EntityMetricData {
		total += len(e.MetricData)
	}
	switch {
	case total > maxData:
		return nil, tooMany("MetricData", maxData)
	case len(in.MetricData) == 0 && len(in.EntityMetricData) == 0:
		return nil, required("MetricData")
	}

	b := datumBuilder{
		key: metrics.Key{Scope: awswire.Info(ctx).Scope, Namespace: *in.Namespace},
		now: a.Now(),
		out: make([]metrics.Datum, 0, total),
	}
	for i := range in.MetricData {
		if err := b.add(memberPath{"MetricData", i, "", 0}, &in.MetricData[i]); err != nil {
			return nil, err
		}
	}
	failure, err := checkEntities(in)
	if err != nil {
		return nil, err
	}
	for e := range in.EntityMetricData {
		data := in.EntityMetricData[e].MetricData
		for i := range data {
			if err := b.add(memberPath{"EntityMetricData", e, "MetricData", i}, &data[i]); err != nil {
				return nil, err
			}
		}
	}
	if len(b.out) > 0 {
		if err := a.Ingest.PutMetricData(ctx, b.out); err != nil {
			return nil, fmt.Errorf("put %d datapoints into %s: %w", len(b.out), *in.Namespace, err)
		}
	}
	if failure != "" {
		awswire.ResponseHeader(ctx).Set("X-Amzn-Failure-Message", failure)
	}
	return &cloudwatch.PutMetricDataOutput{}, nil
}

// memberPath names a datum of the request; the text is only built for errors.
type memberPath struct {
	list  string
	i     int
	inner string
	j     int
}

func (p memberPath) of(member string) string {
	s := fmt.Sprintf("%s.member.%d", p.list, p.i+1)
	if p.inner != "" {
		s += fmt.Sprintf(".%s.member.%d", p.inner, p.j+1)
	}
	return s + "." + member
}

// datumBuilder checks data one by one and collects what the store wants. The
// slices it fills are carved out of shared arrays: a request has thousands of
// small ones.
type datumBuilder struct {
	key    metrics.Key // Scope and Namespace
	now    time.Time
	out    []metrics.Datum
	dims   []metrics.Dimension
	values []float64
}

func (b *datumBuilder) add(at memberPath, d *types.MetricDatum) error {
	if d.MetricName == nil || !plainName(*d.MetricName, maxMetricName) || *d.MetricName == "" {
		if err := checkMetricName(at.of("MetricName"), d.MetricName); err != nil {
			return err
		}
	}
	if cap(b.dims)-len(b.dims) < len(d.Dimensions) {
		b.dims = make([]metrics.Dimension, 0, max(256, len(d.Dimensions)))
	}
	from := len(b.dims)
	dims, ok := plainDimensions(b.dims, d.Dimensions)
	if !ok {
		var err error
		if dims, err = dimensions(b.dims, func() string { return at.of("Dimensions") }, d.Dimensions); err != nil {
			return err
		}
	}
	b.dims = dims

	m := metrics.Datum{Key: b.key, Resolution: 60}
	m.Key.Name = *d.MetricName
	m.Key.Dimensions = dims[from:len(dims):len(dims)]
	m.Unit = "None"
	if d.Unit != "" {
		if !knownUnits[d.Unit] {
			return notInSet(at.of("Unit"), units)
		}
		m.Unit = string(d.Unit)
	}
	if d.StorageResolution != nil {
		if r := *d.StorageResolution; r != 1 && r != 60 {
			return invalid(at.of("StorageResolution"), r, "It must be 1 or 60.")
		}
		m.Resolution = int(*d.StorageResolution)
	}
	m.Timestamp = b.now.UnixMilli()
	if d.Timestamp != nil {
		switch {
		case d.Timestamp.Before(b.now.Add(-oldestDatum)):
			return awswire.InvalidParameterValue("The parameter %s must specify a time within the past two weeks.", at.of("Timestamp"))
		case d.Timestamp.After(b.now.Add(newestDatum)):
			return awswire.InvalidParameterValue("The parameter %s must specify a time no more than two hours in the future.", at.of("Timestamp"))
		}
		m.Timestamp = d.Timestamp.UnixMilli()
	}
	stored, err := b.samples(at, d, &m)
	if err != nil {
		return err
	}
	if stored {
		b.out = append(b.out, m)
	}
	return nil
}

// samples fills in the values of the datum. It returns false when all Counts
// are zero: such a datum holds no sample.
func (b *datumBuilder) samples(at memberPath, d *types.MetricDatum, m *metrics.Datum) (bool, error) {
	exclusive := func(x, y string) string {
		return fmt.Sprintf("The parameters %s and %s are mutually exclusive and you have specified both.", at.of(x), at.of(y))
	}
	switch {
	case d.Value != nil && len(d.Values) > 0:
		return false, awswire.InvalidParameterValue("%s", exclusive("Value", "Values"))
	case d.StatisticValues != nil && d.Value != nil:
		return false, awswire.InvalidParameterCombination("%s", exclusive("StatisticValues", "Value"))
	case d.StatisticValues != nil && len(d.Values) > 0:
		return false, awswire.InvalidParameterCombination("%s", exclusive("StatisticValues", "Values"))
	case len(d.Counts) > 0 && len(d.Counts) != len(d.Values):
		return false, awswire.InvalidParameterValue("The parameters %s and %s must be of the same size.", at.of("Values"), at.of("Counts"))
	case d.Value != nil:
		if err := checkValue(at, "Value", *d.Value); err != nil {
			return false, err
		}
		v := *d.Value
		m.Stats = metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v}
		m.Values, m.Counts = b.floats(v), b.floats(1)
		return true, nil
	case d.StatisticValues != nil:
		return true, b.statisticSet(at, d.StatisticValues, m)
	case len(d.Values) == 0:
		return false, awswire.MissingParameter("At least one of the parameters %s, %s and %s must be specified.",
			at.of("Value"), at.of("Values"), at.of("StatisticValues"))
	case len(d.Values) > maxValues:
		return false, tooMany(at.of("Values"), maxValues)
	}

	counts := d.Counts
	if len(counts) == 0 {
		counts = make([]float64, len(d.Values))
		for i := range counts {
			counts[i] = 1
		}
	}
	m.Values, m.Counts = make([]float64, 0, len(d.Values)), make([]float64, 0, len(d.Values))
	for i, v := range d.Values {
		if err := checkValue(at, fmt.Sprintf("Values.member.%d", i+1), v); err != nil {
			return false, err
		}
		n := counts[i]
		if !(n >= 0 && n <= maxValue) {
			return false, invalid(at.of(fmt.Sprintf("Counts.member.%d", i+1)), n, "It must not be negative.")
		}
		if n == 0 {
			continue
		}
		m.Values, m.Counts = append(m.Values, v), append(m.Counts, n)
		m.Stats.Merge(metrics.StatisticSet{Count: n, Sum: v * n, Min: v, Max: v})
	}
	return len(m.Values) > 0, nil
}

func (b *datumBuilder) statisticSet(at memberPath, s *types.StatisticSet, m *metrics.Datum) error {
	for _, p := range []struct {
		name string
		v    *float64
	}{{"SampleCount", s.SampleCount}, {"Sum", s.Sum}, {"Minimum", s.Minimum}, {"Maximum", s.Maximum}} {
		if p.v == nil {
			return required(at.of("StatisticValues." + p.name))
		}
		if err := checkValue(at, "StatisticValues."+p.name, *p.v); err != nil {
			return err
		}
	}
	if *s.SampleCount <= 0 {
		return invalid(at.of("StatisticValues.SampleCount"), *s.SampleCount, "It must be greater than 0.")
	}
	if *s.Minimum > *s.Maximum {
		return awswire.InvalidParameterValue("The parameter %s must not be greater than the parameter %s.",
			at.of("StatisticValues.Minimum"), at.of("StatisticValues.Maximum"))
	}
	m.Stats = metrics.StatisticSet{Count: *s.SampleCount, Sum: *s.Sum, Min: *s.Minimum, Max: *s.Maximum}
	if m.Stats.Min == m.Stats.Max && m.Stats.Sum == m.Stats.Min*m.Stats.Count {
		// All samples are known to be this value, so percentiles are too.
		m.Values, m.Counts = b.floats(m.Stats.Min), b.floats(m.Stats.Count)
	}
	return nil
}

// floats returns a slice of one element.
func (b *datumBuilder) floats(v float64) []float64 {
	if len(b.values) == cap(b.values) {
		b.values = make([]float64, 0, 512)
	}
	b.values = append(b.values, v)
	n := len(b.values)
	return b.values[n-1 : n : n]
}

func checkValue(at memberPath, member string, v float64) error {
	if math.IsNaN(v) || v > maxValue || v < -maxValue {
		return invalid(at.of(member), v, "")
	}
	return nil
}
