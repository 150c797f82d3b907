package metricstore

import (
	"encoding/binary"
	"fmt"
	"math"

	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

// A WAL record is one Append call:
//
//	byte     version, 1
//	varint   server clock in milliseconds
//	uvarint  number of series definitions; each:
//	  uvarint  id
//	  strings  account, region, namespace, name, unit
//	  uvarint  number of dimensions; each: strings name, value
//	uvarint  number of points; each:
//	  varint   series id less that of the point before (0 at first)
//	  varint   instant in seconds less that of the point before (0 at first)
//	  byte     flags: 1 count is 1; 2 sum = min = max; 4 the numbers are
//	           integers; 8 a distribution follows
//	  numbers  count unless flag 1, min, then sum and max unless flag 2: varint
//	           with flag 4, else float64, little-endian
//	  …        the distribution
//
// A string is a uvarint length and bytes. The WAL frames and checksums records.
const (
	recordVersion = 1

	flagOne    = 1
	flagSingle = 2
	flagInts   = 4
	flagDist   = 8
)

// sample is a point on its way to a series.
type sample struct {
	id metrics.SeriesID
	point
}

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendDefinition(b []byte, e *entry) []byte {
	b = binary.AppendUvarint(b, uint64(e.id))
	for _, s := range [...]string{e.key.Scope.Account, e.key.Scope.Region, e.key.Namespace, e.key.Name, e.unit} {
		b = appendString(b, s)
	}
	b = binary.AppendUvarint(b, uint64(len(e.key.Dimensions)))
	for _, d := range e.key.Dimensions {
		b = appendString(b, d.Name)
		b = appendString(b, d.Value)
	}
	return b
}

// definition reads what appendDefinition wrote.
func (r *reader) definition() (id metrics.SeriesID, key metrics.Key, unit string) {
	id = metrics.SeriesID(r.uvarint())
	key.Scope = scope.Scope{Account: r.string(), Region: r.string()}
	key.Namespace, key.Name, unit = r.string(), r.string(), r.string()
	for range r.length() {
		key.Dimensions = append(key.Dimensions, metrics.Dimension{Name: r.string(), Value: r.string()})
		if r.bad {
			break
		}
	}
	return id, key, unit
}

// appendRecord appends the record of one Append call.
func appendRecord(b []byte, now int64, definitions []*entry, samples []sample) []byte {
	b = append(b, recordVersion)
	b = binary.AppendVarint(b, now)
	b = binary.AppendUvarint(b, uint64(len(definitions)))
	for _, e := range definitions {
		b = appendDefinition(b, e)
	}
	b = binary.AppendUvarint(b, uint64(len(samples)))
	id, ts := int64(0), int64(0)
	for i := range samples {
		s := &samples[i]
		b = binary.AppendVarint(b, int64(s.id)-id)
		b = binary.AppendVarint(b, s.ts-ts)
		id, ts = int64(s.id), s.ts
		b = appendNumbersOf(b, &s.point)
		if s.dist != nil {
			b = s.dist.Append(b)
		}
	}
	return b
}

func appendNumbersOf(b []byte, p *point) []byte {
	flags := byte(0)
	if p.count == 1 {
		flags |= flagOne
	}
	if p.sum == p.min && p.min == p.max {
		flags |= flagSingle
	}
	if isInt(p.count) && isInt(p.sum) && isInt(p.min) && isInt(p.max) {
		flags |= flagInts
	}
	if p.dist != nil {
		flags |= flagDist
	}
	b = append(b, flags)
	put := func(v float64) {
		if flags&flagInts != 0 {
			b = binary.AppendVarint(b, int64(v))
		} else {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	if flags&flagOne == 0 {
		put(p.count)
	}
	put(p.min)
	if flags&flagSingle == 0 {
		put(p.sum)
		put(p.max)
	}
	return b
}

func isInt(v float64) bool { return v == math.Trunc(v) && math.Abs(v) <= maxExactInt }

// decodeRecord calls define with each definition and add with each sample of a
// record; add takes over the sample's distribution.
func decodeRecord(b []byte, define func(metrics.SeriesID, *metrics.Key, string) error, add func(now int64, s *sample) error) error {
	r := reader{b: b}
	if v := r.byte(); v != recordVersion || r.bad {
		return fmt.Errorf("record version %d, want %d: %w", v, recordVersion, metrics.ErrCorrupt)
	}
	now := r.varint()
	for range r.length() {
		id, key, unit := r.definition()
		if r.bad {
			break
		}
		if err := define(id, &key, unit); err != nil {
			return err
		}
	}
	id, ts := int64(0), int64(0)
	for range r.length() {
		id += r.varint()
		ts += r.varint()
		s := sample{id: metrics.SeriesID(id), point: point{ts: ts, count: 1}}
		flags := r.byte()
		number := func() float64 {
			if flags&flagInts != 0 {
				return float64(r.varint())
			}
			return r.float()
		}
		if flags&flagOne == 0 {
			s.count = number()
		}
		s.min = number()
		s.sum, s.max = s.min, s.min
		if flags&flagSingle == 0 {
			s.sum = number()
			s.max = number()
		}
		if flags&flagDist != 0 && !r.bad {
			s.dist = new(metrics.Distribution)
			rest, err := s.dist.Decode(r.b)
			if err != nil {
				return err
			}
			r.b = rest
		}
		if r.bad || flags > 15 || !(s.count >= 0) || s.count == 0 && s.min == s.max || !validInstant(s.ts) {
			return fmt.Errorf("record is malformed: %w", metrics.ErrCorrupt)
		}
		if err := add(now, &s); err != nil {
			return err
		}
	}
	if r.bad || len(r.b) > 0 {
		return fmt.Errorf("record is malformed: %w", metrics.ErrCorrupt)
	}
	return nil
}
