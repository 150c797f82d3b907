package derive

import (
	"slices"

	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

const minute = 60_000 // milliseconds

// builder gathers samples of one resource and merges them per metric and
// minute. Events come in time order, so it holds one minute at a time; an event
// out of order costs one more datum, nothing else.
type builder struct {
	scope     scope.Scope
	namespace string
	dims      []metrics.Dimension // shared by all keys
	metrics   []builderMetric
	minute    int64
	out       []metrics.Datum
	numbers   []float64 // what is left of the last allocation for values and counts
}

type builderMetric struct {
	name, unit string
	values     []float64
	wrong      int  // samples of 0 told before that should have been 1
	onlySums   bool // no percentiles: the values themselves are not kept
}

func newBuilder(sc scope.Scope, namespace, dimension, value string) *builder {
	b := &builder{}
	b.begin(sc, namespace, dimension, value)
	return b
}

// begin makes the builder one for another resource, with the same metrics.
func (b *builder) begin(sc scope.Scope, namespace, dimension, value string) {
	b.scope, b.namespace = sc, namespace
	b.dims = []metrics.Dimension{{Name: dimension, Value: value}}
	b.minute, b.out = 0, nil
}

// metric registers a metric and returns its slot.
func (b *builder) metric(name, unit string) int {
	b.metrics = append(b.metrics, builderMetric{name: name, unit: unit})
	return len(b.metrics) - 1
}

// at says when the samples that follow were taken, in milliseconds.
func (b *builder) at(ms int64) {
	m := ms - ms%minute
	if m != b.minute {
		b.flush()
		b.minute = m
	}
}

func (b *builder) add(slot int, v float64) {
	b.metrics[slot].values = append(b.metrics[slot].values, v)
}

// correct makes a sample of 0 of an earlier batch, at this minute, one of 1.
func (b *builder) correct(slot int) { b.metrics[slot].wrong++ }

func (b *builder) flush() {
	for i := range b.metrics {
		m := &b.metrics[i]
		if m.wrong > 0 {
			d := b.datum(m)
			d.Stats = metrics.StatisticSet{Sum: float64(m.wrong), Max: 1}
			b.out = append(b.out, d)
			m.wrong = 0
		}
		if len(m.values) == 0 {
			continue
		}
		d := b.datum(m)
		d.Stats = metrics.StatisticSet{Count: float64(len(m.values)), Min: slices.Min(m.values), Max: slices.Max(m.values)}
		for _, v := range m.values {
			d.Stats.Sum += v
		}
		if !m.onlySums {
			d.Values, d.Counts = b.runs(m.values)
		}
		b.out = append(b.out, d)
		m.values = m.values[:0]
	}
}

// datum begins one of a metric at this minute.
func (b *builder) datum(m *builderMetric) metrics.Datum {
	return metrics.Datum{
		Key:        metrics.Key{Scope: b.scope, Namespace: b.namespace, Name: m.name, Dimensions: b.dims},
		Unit:       m.unit,
		Timestamp:  b.minute,
		Resolution: 60,
	}
}

func (b *builder) data() []metrics.Datum {
	b.flush()
	return b.out
}

// runs sorts samples and returns the distinct values, ascending, with how often
// each occurs. The results are new slices, cut from larger allocations.
func (b *builder) runs(samples []float64) (values, counts []float64) {
	slices.Sort(samples)
	n := 1
	for i := 1; i < len(samples); i++ {
		if samples[i] != samples[i-1] {
			n++
		}
	}
	if len(b.numbers) < 2*n {
		b.numbers = make([]float64, max(2*n, 256))
	}
	values, counts, b.numbers = b.numbers[:0:n], b.numbers[n:n:2*n], b.numbers[2*n:]
	for i, v := range samples {
		if i == 0 || v != samples[i-1] {
			values, counts = append(values, v), append(counts, 0)
		}
		counts[len(counts)-1]++
	}
	return values, counts
}
