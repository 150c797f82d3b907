package client

import (
	"strconv"

	"skywatch/internal/estate"
	"skywatch/internal/jsontext"
)

// appendLogEvents appends the body of PutLogEvents.
func appendLogEvents(b []byte, batch estate.LogBatch) []byte {
	b = append(b, `{"logGroupName":`...)
	b = jsontext.AppendString(b, batch.Group)
	b = append(b, `,"logStreamName":`...)
	b = jsontext.AppendString(b, batch.Stream)
	b = append(b, `,"logEvents":[`...)
	for i := range batch.Events {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"timestamp":`...)
		b = strconv.AppendInt(b, batch.Events[i].Timestamp, 10)
		b = append(b, `,"message":`...)
		b = jsontext.AppendString(b, batch.Events[i].Message)
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

// appendMetricData appends the body of PutMetricData. Times are epoch seconds.
func appendMetricData(b []byte, batch estate.MetricBatch) []byte {
	b = append(b, `{"Namespace":`...)
	b = jsontext.AppendString(b, batch.Namespace)
	b = append(b, `,"MetricData":[`...)
	for i := range batch.Data {
		d := &batch.Data[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"MetricName":`...)
		b = jsontext.AppendString(b, d.Name)
		if len(d.Dimensions) > 0 {
			b = append(b, `,"Dimensions":[`...)
			for k, dim := range d.Dimensions {
				if k > 0 {
					b = append(b, ',')
				}
				b = append(b, `{"Name":`...)
				b = jsontext.AppendString(b, dim.Name)
				b = append(b, `,"Value":`...)
				b = jsontext.AppendString(b, dim.Value)
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
			b = jsontext.AppendString(b, d.Unit)
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
