package client

import (
	"strconv"
	"unicode/utf8"

	"skywatch/internal/estate"
)

// appendLogEvents appends the body of PutLogEvents.
func appendLogEvents(b []byte, batch estate.LogBatch) []byte {
	b = append(b, `{"logGroupName":`...)
	b = appendString(b, batch.Group)
	b = append(b, `,"logStreamName":`...)
	b = appendString(b, batch.Stream)
	b = append(b, `,"logEvents":[`...)
	for i := range batch.Events {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"timestamp":`...)
		b = strconv.AppendInt(b, batch.Events[i].Timestamp, 10)
		b = append(b, `,"message":`...)
		b = appendString(b, batch.Events[i].Message)
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

// appendMetricData appends the body of PutMetricData. Times are epoch seconds.
func appendMetricData(b []byte, batch estate.MetricBatch) []byte {
	b = append(b, `{"Namespace":`...)
	b = appendString(b, batch.Namespace)
	b = append(b, `,"MetricData":[`...)
	for i := range batch.Data {
		d := &batch.Data[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"MetricName":`...)
		b = appendString(b, d.Name)
		if len(d.Dimensions) > 0 {
			b = append(b, `,"Dimensions":[`...)
			for k, dim := range d.Dimensions {
				if k > 0 {
					b = append(b, ',')
				}
				b = append(b, `{"Name":`...)
				b = appendString(b, dim.Name)
				b = append(b, `,"Value":`...)
				b = appendString(b, dim.Value)
				b = append(b, '}')
			}
			b = append(b, ']')
		}
		b = append(b, `,"Timestamp":`...)
		b = strconv.AppendInt(b, d.Timestamp/1000, 10)
		if ms := d.Timestamp % 1000; ms != 0 {
			b = append(b, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
		}
		if d.Unit != "" {
			b = append(b, `,"Unit":`...)
			b = appendString(b, d.Unit)
		}
		switch {
		case len(d.Values) == 1 && d.Counts == nil:
			b = append(b, `,"Value":`...)
			b = appendFloat(b, d.Values[0])
		case len(d.Values) > 0:
			b = appendFloats(b, `,"Values":[`, d.Values)
			if d.Counts != nil {
				b = appendFloats(b, `,"Counts":[`, d.Counts)
			}
		default:
			b = append(b, `,"StatisticValues":{"SampleCount":`...)
			b = appendFloat(b, d.Statistics.SampleCount)
			b = append(b, `,"Sum":`...)
			b = appendFloat(b, d.Statistics.Sum)
			b = append(b, `,"Minimum":`...)
			b = appendFloat(b, d.Statistics.Minimum)
			b = append(b, `,"Maximum":`...)
			b = appendFloat(b, d.Statistics.Maximum)
			b = append(b, '}')
		}
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

func appendFloats(b []byte, name string, v []float64) []byte {
	b = append(b, name...)
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendFloat(b, x)
	}
	return append(b, ']')
}

// appendFloat appends a finite number. Whole ones, the most common, take the
// short way.
func appendFloat(b []byte, v float64) []byte {
	if n := int64(v); float64(n) == v && n > -1<<53 && n < 1<<53 {
		return strconv.AppendInt(b, n, 10)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// appendString appends a JSON string. Invalid UTF-8 becomes U+FFFD, as JSON
// cannot hold it.
func appendString[S string | []byte](b []byte, s S) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			b = append(b, s[from:i]...)
			b = append(b, "\ufffd"...)
			i++
			from = i
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
		i++
		from = i
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}
