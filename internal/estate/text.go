package estate

import "strconv"

// Appending writers for the forms that log lines are made of. They exist
// because fmt and time.Format are several times slower, and the generator has
// to outrun the server (BenchmarkGenerate).

const hexDigits = "0123456789abcdef"

// appendHex appends the low digits of v, most significant first.
func appendHex(b []byte, v uint64, digits int) []byte {
	for i := digits - 1; i >= 0; i-- {
		b = append(b, hexDigits[v>>(4*uint(i))&15])
	}
	return b
}

// appendUUID appends a version 4 UUID made of two random words.
func appendUUID(b []byte, hi, lo uint64) []byte {
	b = appendHex(b, hi>>32, 8)
	b = append(b, '-')
	b = appendHex(b, hi>>16, 4)
	b = append(b, '-', '4')
	b = appendHex(b, hi, 3)
	b = append(b, '-', "89ab"[lo>>62])
	b = appendHex(b, lo>>48, 3)
	b = append(b, '-')
	return appendHex(b, lo, 12)
}

// appendPadded appends v with leading zeros up to width digits.
func appendPadded(b []byte, v int64, width int) []byte {
	var d [20]byte
	i := len(d)
	for width > 0 || v > 0 {
		i--
		d[i] = byte('0' + v%10)
		v /= 10
		width--
	}
	return append(b, d[i:]...)
}

// appendCenti appends hundredths as a number with two decimals.
func appendCenti(b []byte, v int64) []byte {
	b = strconv.AppendInt(b, v/100, 10)
	b = append(b, '.')
	return appendPadded(b, v%100, 2)
}

func appendInt(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }

// civil turns days since the epoch into a date of the Gregorian calendar.
func civil(day int64) (year, month, dayOfMonth int64) {
	// Days are counted from 1 March of year 0, in eras of 400 years.
	z := day + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d := doy - (153*mp+2)/5 + 1
	m := mp + 3
	if m > 12 {
		m -= 12
	}
	y := yoe + era*400
	if m <= 2 {
		y++
	}
	return y, m, d
}

const (
	minuteMillis  = 60_000
	dayMillis     = 24 * 60 * minuteMillis
	minutesPerDay = 24 * 60
)

// appendDate appends the UTC date of ms with sep between year, month and day.
func appendDate(b []byte, ms int64, sep byte) []byte {
	y, m, d := civil(ms / dayMillis)
	b = appendPadded(b, y, 4)
	b = append(b, sep)
	b = appendPadded(b, m, 2)
	b = append(b, sep)
	return appendPadded(b, d, 2)
}

// appendClock appends hh:mm:ss.
func appendClock(b []byte, ms int64) []byte {
	s := ms % dayMillis / 1000
	b = appendPadded(b, s/3600, 2)
	b = append(b, ':')
	b = appendPadded(b, s/60%60, 2)
	b = append(b, ':')
	return appendPadded(b, s%60, 2)
}

// appendISO appends 2026-11-21T03:04:05.678Z.
func appendISO(b []byte, ms int64) []byte {
	b = appendDate(b, ms, '-')
	b = append(b, 'T')
	b = appendClock(b, ms)
	b = append(b, '.')
	b = appendPadded(b, ms%1000, 3)
	return append(b, 'Z')
}

// appendPlainTime appends 2026-11-21 03:04:05 followed by sep and milliseconds
// when sep is not 0.
func appendPlainTime(b []byte, ms int64, sep byte) []byte {
	b = appendDate(b, ms, '-')
	b = append(b, ' ')
	b = appendClock(b, ms)
	if sep != 0 {
		b = append(b, sep)
		b = appendPadded(b, ms%1000, 3)
	}
	return b
}

var monthNames = [...]string{"", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

// appendCLFTime appends 21/Nov/2026:03:04:05 +0000, the form of access logs.
func appendCLFTime(b []byte, ms int64) []byte {
	y, m, d := civil(ms / dayMillis)
	b = appendPadded(b, d, 2)
	b = append(b, '/')
	b = append(b, monthNames[m]...)
	b = append(b, '/')
	b = appendPadded(b, y, 4)
	b = append(b, ':')
	b = appendClock(b, ms)
	return append(b, " +0000"...)
}

// appendIP appends a public looking IPv4 address.
func appendIP(b []byte, v uint64) []byte {
	b = appendInt(b, int64(11+v%180))
	for i := uint(1); i < 4; i++ {
		b = append(b, '.')
		b = appendInt(b, int64(v>>(8*i)&0xff))
	}
	return b
}
