package insights

import (
	"strconv"
	"strings"
)

// Unit is the unit of a period.
type Unit uint8

const (
	Millisecond Unit = iota
	Second
	Minute
	Hour
	Day
	Week
	Month
	Quarter
	Year
)

// periodUnits are the spellings of the units, lower case.
var periodUnits = map[string]Unit{
	"ms": Millisecond, "msec": Millisecond, "msecs": Millisecond, "millisecond": Millisecond, "milliseconds": Millisecond,
	"s": Second, "sec": Second, "secs": Second, "second": Second, "seconds": Second,
	"m": Minute, "min": Minute, "mins": Minute, "minute": Minute, "minutes": Minute,
	"h": Hour, "hr": Hour, "hrs": Hour, "hour": Hour, "hours": Hour,
	"d": Day, "day": Day, "days": Day,
	"w": Week, "week": Week, "weeks": Week,
	"mo": Month, "mon": Month, "mons": Month, "month": Month, "months": Month,
	"q": Quarter, "qtr": Quarter, "qtrs": Quarter, "quarter": Quarter, "quarters": Quarter,
	"y": Year, "yr": Year, "yrs": Year, "year": Year, "years": Year,
}

// unitCaps are AWS's largest counts per unit: bin(300s) acts as bin(60s).
var unitCaps = map[Unit]int{Millisecond: 1000, Second: 60, Minute: 60, Hour: 24}

// Period is a length of time such as 5m, the argument of bin, datefloor and
// dateceil.
type Period struct {
	Span
	Count int    // as written, at least 1
	Unit  Unit   //
	Text  string // as written
}

// Capped is the count that counts: AWS's caps applied (1000 ms, 60 s, 60 m, 24 h).
func (p *Period) Capped() int {
	if limit, ok := unitCaps[p.Unit]; ok {
		return min(p.Count, limit)
	}
	return p.Count
}

func (p *Period) Pos() Span      { return p.Span }
func (p *Period) String() string { return p.Text }

// maxPeriodCount keeps the arithmetic on periods far from overflow.
const maxPeriodCount = 100000

func newPeriod(t token) (*Period, error) {
	unit := strings.TrimLeft(t.text, "0123456789")
	n, err := strconv.Atoi(t.text[:len(t.text)-len(unit)])
	if err != nil || n < 1 || n > maxPeriodCount {
		return nil, errorAt(t.Span, "period %s is out of range, want a count of 1 to %d", t.text, maxPeriodCount)
	}
	return &Period{Span: t.Span, Count: n, Unit: periodUnits[strings.ToLower(unit)], Text: t.text}, nil
}
