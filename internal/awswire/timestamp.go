package awswire

import (
	"math"
	"strings"
	"time"
)

// maxEpochSeconds bounds timestamps so that milliseconds still fit an int64
// with room to spare; whether a time makes sense is the handler's business.
const maxEpochSeconds = 1e14

// epochTime converts epoch seconds to a time, rounded to the microsecond: a
// float64 of today's seconds cannot carry more.
func epochTime(sec float64) (time.Time, error) {
	if math.IsNaN(sec) || math.Abs(sec) > maxEpochSeconds {
		return time.Time{}, typeErrorf("the number %v is out of range for a Timestamp", sec)
	}
	whole, frac := math.Modf(sec)
	return time.Unix(int64(whole), int64(math.Round(frac*1e6))*1000).UTC(), nil
}

// timeLayouts are the forms of ISO 8601 that clients send. Go's parser takes a
// fraction after the seconds with any layout. A time without a zone is UTC.
var timeLayouts = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02",
}

// parseTime reads an ISO 8601 time; a blank is accepted in place of the T, as
// Logs Insights writes it. Also accepted, since old clients send them: HTTP
// dates and bare epoch seconds.
func parseTime(s string) (time.Time, error) {
	iso := strings.TrimSpace(s)
	if len(iso) > 10 && iso[10] == ' ' {
		iso = iso[:10] + "T" + iso[11:]
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, iso); err == nil {
			return t.UTC(), nil
		}
	}
	if t, err := time.Parse(time.RFC1123, iso); err == nil {
		return t.UTC(), nil
	}
	if sec, ok := parseNumber(iso); ok {
		return epochTime(sec)
	}
	return time.Time{}, typeErrorf("%s is not a valid Timestamp", quote(s))
}

// appendISOTime appends t as AWS writes it in XML: UTC, a fraction only when
// there is one.
func appendISOTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	if t.Nanosecond()/1e6 == 0 {
		return t.AppendFormat(b, "2006-01-02T15:04:05Z")
	}
	return t.AppendFormat(b, "2006-01-02T15:04:05.000Z")
}
