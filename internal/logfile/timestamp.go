package logfile

import (
	"strings"
	"time"
)

// within is how far into a line a timestamp is looked for: behind the owner id
// and the bucket of an S3 access log.
const within = 256

// finder finds timestamps. It remembers where the last one stood, since lines
// of one file look alike.
type finder struct {
	loc  *time.Location
	year time.Time // for forms without a year: the latest year that is not after it
	hint int
	// column is the word of every line that holds seconds or milliseconds since
	// 1970, from 1; 0 when there is none (epochcolumn.go).
	column int
	// yearless says that the last timestamp found names no year.
	yearless bool
}

// text finds the first timestamp of a line, in milliseconds, and where it stands.
func (f *finder) text(s string) (ms int64, pos int, ok bool) {
	if f.column > 0 {
		if ms, pos, ok := epochWord(s, f.column); ok {
			return ms, pos, true
		}
	}
	f.yearless = false
	if f.hint < len(s) && f.starts(s, f.hint) {
		if ms, ok := f.at(s, f.hint); ok {
			return ms, f.hint, true
		}
	}
	for i := 0; i < len(s) && i < within; i++ {
		if !f.starts(s, i) {
			continue
		}
		if ms, ok := f.at(s, i); ok {
			f.hint = i
			return ms, i, true
		}
	}
	return 0, 0, false
}

// starts says whether a timestamp may begin at i: a digit or a capital behind
// nothing that belongs to a word.
func (f *finder) starts(s string, i int) bool {
	c := s[i]
	if !digit(c) && (c < 'A' || c > 'W') {
		return false
	}
	if i == 0 {
		return true
	}
	p := s[i-1]
	return !digit(p) && (p|0x20 < 'a' || p|0x20 > 'z') && p != '_' && p != '-' && p != '.' && p != '/'
}

// at reads the timestamp that begins at i.
func (f *finder) at(s string, i int) (int64, bool) {
	if !digit(s[i]) {
		return f.named(s, i)
	}
	if ms, _, ok := f.iso(s, i); ok {
		return ms, true
	}
	if ms, ok := f.access(s, i); ok {
		return ms, true
	}
	if ms, ok := f.compact(s, i); ok {
		return ms, true
	}
	if i > 0 && (i > 1 || s[0] != '[') {
		return 0, false
	}
	// These are told from other numbers only at the start of a line.
	if ms, ok := f.short(s, i); ok {
		return ms, true
	}
	if ms, ok := f.day(s, i); ok {
		return ms, true
	}
	return epoch(s[i:])
}

// Time reads a text that is a timestamp as a whole or at its start: what JSON
// fields hold. Zoneless ones are of loc (nil: UTC).
func Time(s string, loc *time.Location) (ms int64, ok bool) {
	f := finder{loc: loc, year: time.Now()}
	if s == "" || !f.starts(s, 0) {
		return 0, false
	}
	return f.at(s, 0)
}

func digit(c byte) bool { return c-'0' < 10 }

// number reads n digits at i, -1 when there are others.
func number(s string, i, n int) int {
	if i+n > len(s) {
		return -1
	}
	v := 0
	for _, c := range []byte(s[i : i+n]) {
		if !digit(c) {
			return -1
		}
		v = v*10 + int(c-'0')
	}
	return v
}

// is says whether s has c at i.
func is(s string, i int, c byte) bool { return i < len(s) && s[i] == c }

// iso reads yyyy-MM-dd or yyyy/MM/dd, or log4j's yy/MM/dd, with a time behind;
// BlueGene writes it as yyyy-MM-dd-HH.mm.ss, CloudFront with a tab between.
func (f *finder) iso(s string, i int) (ms int64, end int, ok bool) {
	year, sep := -1, byte(0)
	switch {
	case is(s, i+4, '-') || is(s, i+4, '/'):
		year, sep = number(s, i, 4), s[i+4]
		i += 5
	case is(s, i+2, '/'):
		year, sep = number(s, i, 2), '/'
		if year >= 0 {
			year += 2000
		}
		i += 3
	}
	month, day := number(s, i, 2), number(s, i+3, 2)
	if year < 1970 || !is(s, i+2, sep) || !validDay(year, month, day) {
		return 0, 0, false
	}
	i += 5
	if i >= len(s) || s[i] != 'T' && s[i] != 't' && s[i] != ' ' && s[i] != '_' && s[i] != '\t' && s[i] != '-' {
		return 0, 0, false
	}
	colon := byte(':')
	if s[i] == '-' {
		colon = '.'
	}
	if is(s, i, ' ') && is(s, i+1, ' ') {
		i++ // as apt writes it
	}
	clock, i, ok := clock(s, i+1, colon)
	if !ok {
		return 0, 0, false
	}
	offset, end, zoned := zone(s, i)
	return f.instant(year, month, day, clock, offset, zoned), end, true
}

// access reads dd/Mon/yyyy:HH:mm:ss ±zzzz.
func (f *finder) access(s string, i int) (int64, bool) {
	if !is(s, i+2, '/') || !is(s, i+6, '/') || !is(s, i+11, ':') {
		return 0, false
	}
	day, month, year := number(s, i, 2), monthOf(s[i+3:i+6]), number(s, i+7, 4)
	if year < 1970 || !validDay(year, month, day) {
		return 0, false
	}
	clock, end, ok := clock(s, i+12, ':')
	if !ok {
		return 0, false
	}
	offset, _, zoned := zone(s, end)
	return f.instant(year, month, day, clock, offset, zoned), true
}

// compact reads yyyyMMdd, one of "T", "t", "-" and a blank, and HHmmss or
// HH:mm:ss with decimals behind ".", "," or ":".
func (f *finder) compact(s string, i int) (int64, bool) {
	year, month, day := number(s, i, 4), number(s, i+4, 2), number(s, i+6, 2)
	if year < 1970 || !validDay(year, month, day) || i+8 >= len(s) {
		return 0, false
	}
	if c := s[i+8]; c != 'T' && c != 't' && c != '-' && c != ' ' {
		return 0, false
	}
	at, end, ok := clock(s, i+9, ':')
	if ok && is(s, end, ':') { // milliseconds, as phones write them
		if ms := number(s, end+1, 3); ms >= 0 {
			at, end = at+int64(ms), end+4
		}
	}
	if !ok {
		if at, end, ok = digits(s, i+9); !ok {
			return 0, false
		}
	}
	offset, _, zoned := zone(s, end)
	return f.instant(year, month, day, at, offset, zoned), true
}

// short reads yyMMdd HHmmss, as Hadoop once wrote it.
func (f *finder) short(s string, i int) (int64, bool) {
	year, month, day := number(s, i, 2), number(s, i+2, 2), number(s, i+4, 2)
	if year < 0 || !validDay(2000+year, month, day) || !is(s, i+6, ' ') {
		return 0, false
	}
	at, _, ok := digits(s, i+7)
	return f.instant(2000+year, month, day, at, 0, false), ok
}

// day reads MM-dd HH:mm:ss or MM.dd HH:mm:ss, as Android writes it.
func (f *finder) day(s string, i int) (int64, bool) {
	if !is(s, i+2, '-') && !is(s, i+2, '.') || !is(s, i+5, ' ') {
		return 0, false
	}
	at, _, ok := clock(s, i+6, ':')
	if !ok {
		return 0, false
	}
	return f.thisYear(number(s, i, 2), number(s, i+3, 2), at)
}

// thisYear dates a day whose year is not told: the latest year that does not
// lie in the future, a day granted for clocks and zones.
func (f *finder) thisYear(month, day int, clock int64) (int64, bool) {
	year := f.year.UTC().Year()
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	if f.instant(year, month, day, clock, 0, false) > f.year.UnixMilli()+24*3600*1000 {
		year--
	}
	if !validDay(year, month, day) {
		return 0, false
	}
	f.yearless = true
	return f.instant(year, month, day, clock, 0, false), true
}

// digits reads HHmmss with nothing but decimals behind it.
func digits(s string, i int) (ms int64, end int, ok bool) {
	h, m, sec := number(s, i, 2), number(s, i+2, 2), number(s, i+4, 2)
	if h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60 || i+6 < len(s) && digit(s[i+6]) {
		return 0, 0, false
	}
	frac, end := decimals(s, i+6)
	if sec == 60 {
		sec, frac = 59, 999
	}
	return int64(h*3600+m*60+sec)*1000 + frac, end, true
}

// named reads [Sat ]Jan 31 12:00:00[.123][ 2026], a day below ten also without
// a second blank before it, and klog's I0131 12:00:00.
func (f *finder) named(s string, i int) (int64, bool) {
	if i == 0 && is(s, 5, ' ') && strings.IndexByte("IWEF", s[0]) >= 0 {
		if at, _, ok := clock(s, 6, ':'); ok {
			return f.thisYear(number(s, 1, 2), number(s, 3, 2), at)
		}
	}
	if len(s) < i+14 {
		return 0, false
	}
	if strings.Contains("Mon Tue Wed Thu Fri Sat Sun ", s[i:i+4]) && s[i+3] == ' ' {
		i += 4
	}
	if len(s) < i+14 || s[i+3] != ' ' {
		return 0, false
	}
	month := monthOf(s[i : i+3])
	i += 4
	if s[i] == ' ' {
		i++
	}
	width := 2
	if is(s, i+1, ' ') {
		width = 1
	}
	day := number(s, i, width)
	i += width
	if month < 1 || day < 1 || !is(s, i, ' ') {
		return 0, false
	}
	clock, i, ok := clock(s, i+1, ':')
	if !ok {
		return 0, false
	}
	year := -1
	if is(s, i, ' ') && (i+5 >= len(s) || !digit(s[i+5])) {
		year = number(s, i+1, 4)
	}
	if year < 1970 {
		return f.thisYear(month, day, clock) // as syslog writes it
	}
	if !validDay(year, month, day) {
		return 0, false
	}
	return f.instant(year, month, day, clock, 0, false), true
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

func monthOf(s string) int {
	if i := strings.Index(months, s); i >= 0 && i%3 == 0 {
		return i/3 + 1
	}
	return -1
}

func validDay(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	return day <= 28 || time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() == day
}

// clock reads HH:mm[:ss[.frac]] as milliseconds of the day, with colon between
// the parts. A leap second is the last millisecond before it.
func clock(s string, i int, colon byte) (ms int64, end int, ok bool) {
	h, m := number(s, i, 2), number(s, i+3, 2)
	if h < 0 || h > 23 || m < 0 || m > 59 || !is(s, i+2, colon) {
		return 0, 0, false
	}
	ms = int64(h*60+m) * 60_000
	i += 5
	if !is(s, i, colon) {
		return ms, i, i >= len(s) || !digit(s[i])
	}
	sec := number(s, i+1, 2)
	if sec < 0 || sec > 60 {
		return 0, 0, false
	}
	frac, end := decimals(s, i+3)
	if sec == 60 {
		sec, frac = 59, 999
	}
	return ms + int64(sec)*1000 + frac, end, true
}

// decimals reads the part of a second behind "." or ",", in milliseconds.
func decimals(s string, i int) (ms int64, end int) {
	if !is(s, i, '.') && !is(s, i, ',') || i+1 >= len(s) || !digit(s[i+1]) {
		return 0, i
	}
	unit := int64(100)
	for i++; i < len(s) && digit(s[i]); i++ {
		ms += int64(s[i]-'0') * unit
		unit /= 10
	}
	return ms, i
}

// zone reads Z, UTC, GMT or ±hh[:]mm, with or without a blank before it, as
// milliseconds east of UTC. end is i when there is none.
func zone(s string, i int) (offset int64, end int, ok bool) {
	j := i
	if is(s, j, ' ') {
		j++
	}
	switch {
	case is(s, i, 'Z') || is(s, i, 'z'):
		return 0, i + 1, true
	case strings.HasPrefix(s[min(j, len(s)):], "UTC") || strings.HasPrefix(s[min(j, len(s)):], "GMT"):
		return 0, j + 3, true
	case is(s, j, '+') || is(s, j, '-'):
		h := number(s, j+1, 2)
		k := j + 3
		if is(s, k, ':') {
			k++
		}
		m := number(s, k, 2)
		switch {
		case h < 0 || h > 18:
			return 0, i, false
		case m < 0 && k == j+3 && (k >= len(s) || !digit(s[k])):
			m = 0 // +09
		case m < 0 || m > 59 || k+2 < len(s) && digit(s[k+2]):
			return 0, i, false
		default:
			k += 2
		}
		offset = int64(h*60+m) * 60_000
		if s[j] == '-' {
			offset = -offset
		}
		return offset, k, true
	}
	return 0, i, false
}

// instant turns a date and a clock into milliseconds since the epoch.
func (f *finder) instant(year, month, day int, clock, offset int64, zoned bool) int64 {
	if zoned || f.loc == nil || f.loc == time.UTC {
		return days(year, month, day)*86_400_000 + clock - offset
	}
	return time.Date(year, time.Month(month), day, int(clock/3_600_000), int(clock/60_000%60), int(clock/1000%60), int(clock%1000)*1e6, f.loc).UnixMilli()
}

// days counts the days from 1970-01-01 in the Gregorian calendar: years are
// taken to begin in March, so that the leap day is their last.
func days(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := int64(year) / 400
	ofEra := int64(year) - era*400
	ofYear := int64((153*(month-3)+2)/5 + day - 1)
	return era*146_097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719_468
}

// epoch reads a number of seconds (10 digits, maybe with decimals),
// milliseconds (13), microseconds (16) or nanoseconds (19) since 1970.
func epoch(s string) (int64, bool) {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	if n < len(s) {
		if c := s[n] | 0x20; c >= 'a' && c <= 'z' || s[n] == '_' || s[n] == '-' {
			return 0, false // part of a name
		}
	}
	if n > 0 && s[0] == '0' {
		return 0, false
	}
	v := int64(0)
	for _, c := range []byte(s[:min(n, 19)]) {
		v = v*10 + int64(c-'0')
	}
	switch n {
	case 10:
		frac, _ := decimals(s, n)
		return v*1000 + frac, true
	case 13:
		return v, true
	case 16:
		return v / 1000, true
	case 19:
		return v / 1_000_000, v > 0
	}
	return 0, false
}
