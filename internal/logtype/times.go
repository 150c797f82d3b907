package logtype

// Layout is how a moment is written: the form of the date, what stands between
// date and time, and the fraction of the second. A moment's value counts in
// units of its last digit (nanoseconds to seconds; days for a date alone) from
// 1970, or from midnight when there is no date. It is exactly the text: time
// zones stay outside, in the text that follows.
type Layout uint16

// date forms
const (
	dateNone    = iota
	dateDash    // 2006-01-02
	dateSlash   // 2006/01/02
	dateShort   // 06/01/02
	dateCLF     // 02/Jan/2006
	dateCompact // 20060102
	dateForms
)

// separators between date and time; sepNone is a date alone
const (
	sepNone = iota
	sepT
	sepBlank
	sepColon
	sepDash
	sepForms
)

var seps = [sepForms]byte{0, 'T', ' ', ':', '-'}

// fractions: what parts them, and how many digits
var fractions = [...]struct {
	sep    byte
	digits int
}{{0, 0}, {'.', 3}, {',', 3}, {'.', 6}, {'.', 9}, {':', 3}, {',', 6}}

func makeLayout(date, sep, frac int) Layout { return Layout(date<<8 | sep<<4 | frac) }
func (l Layout) date() int                  { return int(l >> 8) }
func (l Layout) sep() int                   { return int(l >> 4 & 15) }
func (l Layout) frac() int                  { return int(l & 15) }

func (l Layout) valid() bool {
	if l.date() >= dateForms || l.sep() >= sepForms || l.frac() >= len(fractions) {
		return false
	}
	if l.sep() == sepNone {
		return l.frac() == 0 && l.date() != dateNone || l.date() == dateNone
	}
	return l.date() != dateNone
}

// dayOnly says that the layout is a date without a time.
func (l Layout) dayOnly() bool { return l.date() != dateNone && l.sep() == sepNone }

// TimeOfDay says that the layout has no date: values count from midnight.
func (l Layout) TimeOfDay() bool { return l.date() == dateNone }

// UnitsPerSecond is how many units of the layout a second has; 0 for a date
// alone, whose unit is the day.
func (l Layout) UnitsPerSecond() int64 {
	if l.dayOnly() {
		return 0
	}
	switch fractions[l.frac()].digits {
	case 3:
		return 1e3
	case 6:
		return 1e6
	case 9:
		return 1e9
	}
	return 1
}

// Punctuation is what stands in moments of the layout beside letters and digits.
func (l Layout) Punctuation() string {
	marks := []byte{':'}
	switch l.date() {
	case dateDash:
		marks = append(marks, '-')
	case dateSlash, dateShort, dateCLF:
		marks = append(marks, '/')
	}
	for _, c := range []byte{seps[l.sep()], fractions[l.frac()].sep} {
		if c != 0 {
			marks = append(marks, c)
		}
	}
	return string(marks)
}

// fromMillis is the value of the layout at a moment, cut to its unit.
func (l Layout) fromMillis(ms int64) int64 {
	switch u := l.UnitsPerSecond(); {
	case l.dayOnly():
		return floorDiv(ms, dayMillis)
	case l.TimeOfDay():
		ms -= floorDiv(ms, dayMillis) * dayMillis
		fallthrough
	default:
		if u >= 1000 {
			return ms * (u / 1000)
		}
		return floorDiv(ms, 1000)
	}
}

const (
	dayMillis  = 86_400_000
	daySeconds = 86_400
)

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// two reads two digits, -1 when they are none.
func two(s string, i int) int {
	a, b := s[i]-'0', s[i+1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}

var months = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

func month(s string) int {
	for i, m := range months {
		if m == s {
			return i + 1
		}
	}
	return -1
}

// parseTime reads the longest moment at the start of s. n is its length, 0 when
// there is none. Formatting the value gives back exactly s[:n].
func parseTime(s string) (l Layout, v int64, n int) {
	if len(s) < 8 {
		return 0, 0, 0
	}
	date, y, m, d, p := dateNone, 0, 0, 0, 0
	switch {
	case s[2] == ':':
	case len(s) >= 10 && (s[4] == '-' || s[4] == '/') && s[7] == s[4]:
		if date = dateDash; s[4] == '/' {
			date = dateSlash
		}
		y, m, d, p = year(s), two(s, 5), two(s, 8), 10
	case s[2] == '/' && s[5] == '/':
		y, m, d, p = two(s, 0), two(s, 3), two(s, 6), 8
		if date = dateShort; y >= 0 {
			y += 2000
		}
	case len(s) >= 11 && s[2] == '/' && s[6] == '/':
		date, y, m, d, p = dateCLF, year(s[7:]), month(s[3:6]), two(s, 0), 11
	case len(s) >= 17 && s[8] == '-' && s[11] == ':':
		date, y, m, d, p = dateCompact, year(s), two(s, 4), two(s, 6), 8
	default:
		return 0, 0, 0
	}
	days := int64(0)
	if date != dateNone {
		if y < 0 || m < 1 || m > 12 || d < 1 || d > monthDays(y, m) {
			return 0, 0, 0
		}
		days = daysOf(y, m, d)
		sep := sepNone
		if len(s) >= p+9 && s[p+3] == ':' {
			for k := sepT; k < sepForms; k++ {
				if s[p] == seps[k] {
					sep = k
				}
			}
		}
		if sep != sepNone {
			if frac, v, k := clock(s[p+1:]); k > 0 && !(fractions[frac].digits == 9 && (y < 1700 || y > 2200)) {
				l = makeLayout(date, sep, frac)
				return l, v + days*daySeconds*l.UnitsPerSecond(), p + 1 + k
			}
		}
		if (date == dateDash || date == dateSlash) && (len(s) == p || class[s[p]] != digit) {
			return makeLayout(date, sepNone, 0), days, p
		}
		return 0, 0, 0
	}
	frac, v, k := clock(s)
	if k == 0 {
		return 0, 0, 0
	}
	return makeLayout(dateNone, sepNone, frac), v, k
}

func year(s string) int {
	a, b := two(s, 0), two(s, 2)
	if a < 0 || b < 0 {
		return -1
	}
	return a*100 + b
}

// clock reads hh:mm:ss and a fraction.
func clock(s string) (frac int, v int64, n int) {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return 0, 0, 0
	}
	h, m, sec := two(s, 0), two(s, 3), two(s, 6)
	if h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 59 {
		return 0, 0, 0
	}
	v, n = int64(h*3600+m*60+sec), 8
	if len(s) == 8 {
		return 0, v, n
	}
	if class[s[8]] == digit {
		return 0, 0, 0
	}
	k := 9
	f := int64(0)
	for k < len(s) && k < 19 && class[s[k]] == digit {
		f = f*10 + int64(s[k]-'0')
		k++
	}
	for i := 1; i < len(fractions); i++ {
		if fractions[i].sep == s[8] && fractions[i].digits == k-9 {
			unit := int64(1e3)
			switch k - 9 {
			case 6:
				unit = 1e6
			case 9:
				unit = 1e9
			}
			return i, v*unit + f, k
		}
	}
	return 0, v, n
}

func monthDays(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// daysOf counts the days from 1970 to a date of the Gregorian calendar. The
// year begins in March, so that the leap day is its last.
func daysOf(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	return int64(y*365+floorInt(y, 4)-floorInt(y, 100)+floorInt(y, 400)+(153*(m-3)+2)/5+d-1) - 719468
}

func floorInt(a, b int) int { return int(floorDiv(int64(a), int64(b))) }

// civil undoes daysOf.
func civil(days int64) (y, m, d int) {
	z := days + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = int(doy-(153*mp+2)/5) + 1
	m = int(mp) + 3
	if m > 12 {
		m -= 12
	}
	y = int(yoe + era*400)
	if m <= 2 {
		y++
	}
	return y, m, d
}

func appendTwo(b []byte, v int) []byte {
	return append(b, byte('0'+v/10%10), byte('0'+v%10))
}

// timeWriter writes moments; it remembers the last date.
type timeWriter struct {
	date int
	day  int64
	text [12]byte
	n    int
}

func (w *timeWriter) append(dst []byte, l Layout, v int64) []byte {
	u := l.UnitsPerSecond()
	if u == 0 {
		return w.appendDate(dst, l.date(), v)
	}
	if l.date() != dateNone {
		perDay := daySeconds * u
		day := floorDiv(v, perDay)
		v -= day * perDay
		dst = w.appendDate(dst, l.date(), day)
		dst = append(dst, seps[l.sep()])
	}
	sec := int(v / u)
	if sec < 0 || sec >= daySeconds {
		sec = 0 // damaged bytes; any text will do
	}
	h, m, s := sec/3600, sec/60%60, sec%60
	dst = append(dst, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+s/10), byte('0'+s%10))
	if f := fractions[l.frac()]; f.digits > 0 {
		dst = append(dst, f.sep)
		dst = appendPadded(dst, uint64(v%u), f.digits)
	}
	return dst
}

func (w *timeWriter) appendDate(dst []byte, date int, day int64) []byte {
	if w.n == 0 || w.date != date || w.day != day {
		if day < -719528 || day > 2932896 { // years 0 to 9999; others are damaged bytes
			day = 0
		}
		y, m, d := civil(day)
		b := w.text[:0]
		switch date {
		case dateDash, dateSlash:
			c := byte('-')
			if date == dateSlash {
				c = '/'
			}
			b = appendTwo(appendTwo(b, y/100), y%100)
			b = appendTwo(append(b, c), m)
			b = appendTwo(append(b, c), d)
		case dateShort:
			b = appendTwo(b, y%100)
			b = appendTwo(append(b, '/'), m)
			b = appendTwo(append(b, '/'), d)
		case dateCLF:
			b = append(appendTwo(b, d), '/')
			b = append(append(b, months[m-1]...), '/')
			b = appendTwo(appendTwo(b, y/100), y%100)
		case dateCompact:
			b = appendTwo(appendTwo(b, y/100), y%100)
			b = appendTwo(appendTwo(b, m), d)
		}
		w.date, w.day, w.n = date, day, len(b)
	}
	return append(dst, w.text[:w.n]...)
}

// appendPadded appends v with leading zeros up to n digits.
func appendPadded(dst []byte, v uint64, n int) []byte {
	var d [20]byte
	i := len(d)
	for ; n > 0 || v > 0; n-- {
		i--
		d[i] = byte('0' + v%10)
		v /= 10
		if i == 0 {
			break
		}
	}
	return append(dst, d[i:]...)
}
