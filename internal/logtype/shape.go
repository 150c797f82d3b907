package logtype

import "skywatch/internal/colenc"

// ShapeByte is what may stand in one place of a text: below 256 the byte
// itself, else a class.
type ShapeByte uint16

// Classes of a ShapeByte.
const (
	ShapeDigit    ShapeByte = 256 + iota
	ShapeHex                // a hexadecimal digit in lower case
	ShapeUpperHex           // or in upper case
	ShapeLetter             // a letter of either case
)

// Allows says whether c may stand in the place; fold takes c, which is in lower
// case then, for either case.
func (s ShapeByte) Allows(c byte, fold bool) bool {
	switch s {
	case ShapeDigit:
		return class[c] == digit
	case ShapeHex:
		return hexKind[c]&^hexLower == 0
	case ShapeUpperHex:
		return hexKind[c]&^hexUpper == 0 || fold && hexKind[c] == hexLower
	case ShapeLetter:
		return class[c] == alpha
	}
	l := byte(s)
	return l == c || fold && l >= 'A' && l <= 'Z' && l+'a'-'A' == c
}

// Shape is what every text of the column looks like, place by place; nil when
// they have no length or form in common. It is made anew for each call.
func (c *Column) Shape() []ShapeByte {
	switch c.Kind {
	case KindUUID:
		out := make([]ShapeByte, uuidLen)
		for i := range out {
			if out[i] = ShapeHex; i == 8 || i == 13 || i == 18 || i == 23 {
				out[i] = '-'
			}
		}
		return out
	case KindTime:
		return c.Layout.shape()
	case KindPattern:
		out := make([]ShapeByte, len(c.Pattern))
		for i := range out {
			switch {
			case !c.varies[i]:
				out[i] = ShapeByte(c.Pattern[i])
			case c.Upper:
				out[i] = ShapeUpperHex
			default:
				out[i] = ShapeHex
			}
		}
		return out
	}
	return nil
}

// shapes of dates; 0 for a digit, a for a letter.
var dateShapes = [dateForms]string{dateDash: "0000-00-00", dateSlash: "0000/00/00", dateShort: "00/00/00", dateCLF: "00/aaa/0000", dateCompact: "00000000"}

func (l Layout) shape() []ShapeByte {
	text := dateShapes[l.date()]
	if !l.dayOnly() {
		if l.date() != dateNone {
			text += string(seps[l.sep()])
		}
		text += "00:00:00"
		if f := fractions[l.frac()]; f.digits > 0 {
			text += string(f.sep) + "000000000"[:f.digits]
		}
	}
	out := make([]ShapeByte, len(text))
	for i := range out {
		switch text[i] {
		case '0':
			out[i] = ShapeDigit
		case 'a':
			out[i] = ShapeLetter
		default:
			out[i] = ShapeByte(text[i])
		}
	}
	return out
}

// Bounds are the smallest and the largest of the column's Values.Ints as they
// are stored, whatever they mean, without decoding it. ok is false when it
// has none or is damaged.
func (c *Column) Bounds() (lo, hi int64, ok bool) {
	switch c.Kind {
	case KindNumber, KindTime, KindIPv4, KindUUID:
		info, err := colenc.InfoInts(c.parts[0])
		return info.Min, info.Max, err == nil
	}
	return 0, 0, false
}

// IsRelative says that the numbers or moments of the column are differences to
// the reference times of their rows.
func (c *Column) IsRelative() bool { return c.relative != 0 }
