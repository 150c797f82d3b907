package estate

import (
	"cmp"
	"slices"
)

// The limits of the two write operations, as AWS documents them.
const (
	maxBatchEvents  = 10_000    // events of one PutLogEvents call
	maxBatchBytes   = 1_048_576 // message bytes + eventOverhead each
	eventOverhead   = 26
	maxBatchSpan    = dayMillis // first to last event
	maxRequestData  = 1_000     // data of one PutMetricData call
	maxDatumValues  = 150       // values of one datum
	maxRequestBytes = 900_000   // estimate of the JSON; the limit is 1 MB
	datumBytes      = 330       // JSON of a datum without values, on the high side
	valueBytes      = 12        // JSON of one value
)

// Event is one log event. Message belongs to the generator.
type Event struct {
	Timestamp int64 // milliseconds since the Unix epoch
	Message   []byte
}

// LogBatch is the content of one PutLogEvents call and within its limits:
// timestamps do not decrease and span at most 24 hours. The batch and its
// messages are valid only until the function that received it returns.
type LogBatch struct {
	Group, Stream string
	Events        []Event
}

// Dimension is a name and value pair of a metric.
type Dimension struct{ Name, Value string }

// Statistics is a statistic set.
type Statistics struct{ SampleCount, Sum, Minimum, Maximum float64 }

// Datum is one metric datum: either Values (with Counts, or each counted once)
// or Statistics.
type Datum struct {
	Name       string
	Dimensions []Dimension
	Unit       string
	Timestamp  int64 // milliseconds since the Unix epoch, a whole minute
	Values     []float64
	Counts     []float64 // nil or as long as Values
	Statistics Statistics
}

// MetricBatch is the content of one PutMetricData call and within its limits.
// It is valid only until the function that received it returns.
type MetricBatch struct {
	Namespace string
	Data      []Datum
}

// logBuf collects the events of a few streams and cuts them into batches.
// Messages are appended to text between start and end.
type logBuf struct {
	text    []byte
	from    int
	records []logRecord
	sorted  []logRecord // the other half of the counting sort
	streams []LogBatch  // Group and Stream of each stream id
	ids     map[[2]string]int32
	events  []Event
}

type logRecord struct {
	timestamp int64
	from, to  int32
	stream    int32
}

// stream returns the id of a stream for add.
func (b *logBuf) stream(group, name string) int32 {
	key := [2]string{group, name}
	if id, ok := b.ids[key]; ok {
		return id
	}
	if b.ids == nil {
		b.ids = make(map[[2]string]int32)
	}
	id := int32(len(b.streams))
	b.streams = append(b.streams, LogBatch{Group: group, Stream: name})
	b.ids[key] = id
	return id
}

// add ends the message appended to text since the last add.
func (b *logBuf) add(stream int32, timestamp int64) {
	b.records = append(b.records, logRecord{timestamp, int32(b.from), int32(len(b.text)), stream})
	b.from = len(b.text)
}

// flush emits every event with lo <= timestamp < hi, stream by stream, and
// empties the buffer whatever emit returns.
func (b *logBuf) flush(lo, hi int64, emit func(LogBatch) error) error {
	defer b.reset()
	b.sort()
	for i := 0; i < len(b.records); {
		stream := b.records[i].stream
		batch := b.streams[stream]
		b.events = b.events[:0]
		size := 0
		send := func() error {
			if len(b.events) == 0 {
				return nil
			}
			batch.Events = b.events
			err := emit(batch)
			b.events, size = b.events[:0], 0
			return err
		}
		for ; i < len(b.records) && b.records[i].stream == stream; i++ {
			r := b.records[i]
			if r.timestamp < lo || r.timestamp >= hi {
				continue
			}
			n := int(r.to-r.from) + eventOverhead
			if len(b.events) == maxBatchEvents || size+n > maxBatchBytes ||
				len(b.events) > 0 && r.timestamp-b.events[0].Timestamp > maxBatchSpan {
				if err := send(); err != nil {
					return err
				}
			}
			b.events = append(b.events, Event{r.timestamp, b.text[r.from:r.to:r.to]})
			size += n
		}
		if err := send(); err != nil {
			return err
		}
	}
	return nil
}

// sort orders the records by stream, timestamp and place in the text: a
// counting sort by stream, then each stream if it needs it.
func (b *logBuf) sort() {
	next := make([]int, len(b.streams)+1)
	for _, r := range b.records {
		next[r.stream+1]++
	}
	for i := range len(b.streams) {
		next[i+1] += next[i]
	}
	b.sorted = slices.Grow(b.sorted[:0], len(b.records))[:len(b.records)]
	for _, r := range b.records {
		b.sorted[next[r.stream]] = r
		next[r.stream]++
	}
	b.records, b.sorted = b.sorted, b.records
	order := func(x, y logRecord) int {
		if c := cmp.Compare(x.timestamp, y.timestamp); c != 0 {
			return c
		}
		return cmp.Compare(x.from, y.from)
	}
	from := 0
	for i := range len(b.streams) {
		part := b.records[from:next[i]]
		from = next[i]
		if !slices.IsSortedFunc(part, order) {
			slices.SortFunc(part, order)
		}
	}
}

func (b *logBuf) reset() {
	b.text, b.from, b.records, b.streams = b.text[:0], 0, b.records[:0], b.streams[:0]
	clear(b.ids)
}

// metricBuf collects data and emits them in batches. The first error of emit
// stays in err; data added after it are dropped.
type metricBuf struct {
	emit      func(MetricBatch) error
	namespace string
	data      []Datum
	floats    []float64 // where values and counts of data live
	size      int
	err       error
}

// use selects the namespace of the following data.
func (b *metricBuf) use(namespace string) {
	if namespace != b.namespace {
		b.flush()
		b.namespace = namespace
	}
}

// keep returns a slice for n numbers that lives until the next flush.
func (b *metricBuf) keep(n int) []float64 {
	if len(b.floats)+n > cap(b.floats) {
		b.floats = make([]float64, 0, max(2*cap(b.floats), 4096, n))
	}
	l := len(b.floats)
	b.floats = b.floats[:l+n]
	return b.floats[l : l+n : l+n]
}

func (b *metricBuf) add(d Datum) {
	if b.err != nil {
		return
	}
	n := datumBytes + valueBytes*(len(d.Values)+len(d.Counts))
	if len(b.data) == maxRequestData || b.size+n > maxRequestBytes {
		// d's numbers live in floats, which flush frees: move them over.
		values, counts := d.Values, d.Counts
		b.flush()
		d.Values, d.Counts = b.copy(values), b.copy(counts)
	}
	b.data = append(b.data, d)
	b.size += n
}

func (b *metricBuf) copy(v []float64) []float64 {
	if v == nil {
		return nil
	}
	// copy moves overlapping memory correctly, and a value never moves up.
	w := b.keep(len(v))
	copy(w, v)
	return w
}

// flush emits what is collected.
func (b *metricBuf) flush() {
	if len(b.data) > 0 && b.err == nil {
		b.err = b.emit(MetricBatch{Namespace: b.namespace, Data: b.data})
	}
	b.data, b.floats, b.size = b.data[:0], b.floats[:0], 0
}

// one adds a datum with a single sample.
func (b *metricBuf) one(name string, dims []Dimension, unit string, ts int64, v float64) {
	w := b.keep(1)
	w[0] = v
	b.add(Datum{Name: name, Dimensions: dims, Unit: unit, Timestamp: ts, Values: w})
}

// ones adds n samples of value 1: what services send for Count-like metrics.
func (b *metricBuf) ones(name string, dims []Dimension, ts int64, n int) {
	w := b.keep(2)
	w[0], w[1] = 1, float64(n)
	b.add(Datum{Name: name, Dimensions: dims, Unit: "Count", Timestamp: ts, Values: w[:1:1], Counts: w[1:2:2]})
}

// rate adds total samples of which hits are 1 and the others 0, so that Sum is
// the number of hits and Average the rate.
func (b *metricBuf) rate(name string, dims []Dimension, ts int64, hits, total int) {
	switch {
	case total == 0:
		return
	case hits == 0 || hits == total:
		w := b.keep(2)
		w[0], w[1] = 0, float64(total)
		if hits > 0 {
			w[0] = 1
		}
		b.add(Datum{Name: name, Dimensions: dims, Unit: "Count", Timestamp: ts, Values: w[:1:1], Counts: w[1:2:2]})
	default:
		w := b.keep(4)
		w[0], w[1], w[2], w[3] = 0, 1, float64(total-hits), float64(hits)
		b.add(Datum{Name: name, Dimensions: dims, Unit: "Count", Timestamp: ts, Values: w[:2:2], Counts: w[2:4:4]})
	}
}

// samples adds raw values, cut into data of at most maxDatumValues.
func (b *metricBuf) samples(name string, dims []Dimension, unit string, ts int64, values []float64) {
	for len(values) > 0 {
		n := min(len(values), maxDatumValues)
		w := b.keep(n)
		copy(w, values)
		b.add(Datum{Name: name, Dimensions: dims, Unit: unit, Timestamp: ts, Values: w})
		values = values[n:]
	}
}
