package logexec

import (
	"math"
	"strconv"
	"strings"

	"skywatch/internal/lang/insights"
)

var numberFunctions = map[string]function{
	"abs":      onNumber(math.Abs),
	"ceil":     onNumber(math.Ceil),
	"floor":    onNumber(math.Floor),
	"log":      onNumber(math.Log),
	"sqrt":     onNumber(math.Sqrt),
	"toInt":    onNumber(math.Trunc),
	"greatest": pick(1),
	"least":    pick(-1),
	"round":    round,
	"haversine": func(_ *compiler, _ *insights.Call, args []eval) eval {
		return func(r *row) value {
			var deg [4]float64
			for i, x := range args {
				v := x(r)
				f, ok := v.number()
				if !ok {
					return value{}
				}
				deg[i] = f * math.Pi / 180
			}
			return num(haversine(deg[0], deg[1], deg[2], deg[3]))
		}
	},
	"hexToDec": onText(func(s string) value {
		s, negative := strings.CutPrefix(s, "-")
		if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
			s = s[2:]
		}
		n, err := strconv.ParseUint(s, 16, 64)
		if err != nil || s[0] == '+' || s[0] == '-' {
			return value{}
		}
		if negative {
			return digits("-" + strconv.FormatUint(n, 10))
		}
		return digits(strconv.FormatUint(n, 10))
	}),
	"decToHex": func(_ *compiler, _ *insights.Call, args []eval) eval {
		return func(r *row) value {
			v := args[0](r)
			f, ok := v.number()
			if !ok || math.Abs(f) >= 1<<63 {
				return value{}
			}
			n := int64(f)
			if exact, err := strconv.ParseInt(v.text(), 10, 64); err == nil && v.kind != moment {
				n = exact
			}
			if n < 0 {
				return str("-0x" + strconv.FormatUint(uint64(-n), 16))
			}
			return str("0x" + strconv.FormatInt(n, 16))
		}
	},
	"toNumber": func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value {
			v := x(r)
			f, ok := v.number()
			switch {
			case !ok:
				return value{}
			case v.kind == number:
				return v // with its digits
			}
			return num(f)
		}
	},
	"isNumeric": func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value {
			v := x(r)
			_, ok := v.number()
			return truth(ok)
		}
	},
}

// pick is greatest (1) or least (-1) of the arguments that are numbers.
func pick(sign float64) function {
	return func(_ *compiler, _ *insights.Call, args []eval) eval {
		return func(r *row) (best value) {
			for _, x := range args {
				v := x(r)
				f, ok := v.number()
				if ok && (best.kind == null || f*sign > best.num*sign) {
					best = num(f)
				}
			}
			return best
		}
	}
}

// round goes to the nearest number with that many decimals, halves away from
// zero. It works on the decimal form, so that 2.675 becomes 2.68.
func round(_ *compiler, _ *insights.Call, args []eval) eval {
	return func(r *row) value {
		v := args[0](r)
		f, ok := v.number()
		if !ok {
			return value{}
		}
		digits := 0.0
		if len(args) > 1 {
			d := args[1](r)
			if digits, ok = d.number(); !ok {
				return value{}
			}
		}
		digits = math.Trunc(min(max(digits, -300), 300))
		if digits == 0 || math.Abs(f) >= exactInt && digits > 0 {
			return num(math.Round(f))
		}
		// Shift the point in the text: multiplying would round before we do.
		scaled, err := strconv.ParseFloat(shift(f, int(digits)), 64)
		if err != nil {
			return v
		}
		out, err := strconv.ParseFloat(shift(math.Round(scaled), -int(digits)), 64)
		if err != nil {
			return value{}
		}
		return num(out)
	}
}

// shift writes f with its decimal point moved n places to the right.
func shift(f float64, n int) string {
	s := strconv.FormatFloat(f, 'e', -1, 64)
	for i := range s {
		if s[i] == 'e' {
			exp, _ := strconv.Atoi(s[i+1:])
			return s[:i] + "e" + strconv.Itoa(exp+n)
		}
	}
	return s
}

// earthRadius is the mean one, in kilometres.
const earthRadius = 6371.0088

// haversine is the great-circle distance of two points, angles in radians.
func haversine(lat1, lon1, lat2, lon2 float64) float64 {
	a, b := math.Sin((lat2-lat1)/2), math.Sin((lon2-lon1)/2)
	h := a*a + math.Cos(lat1)*math.Cos(lat2)*b*b
	return 2 * earthRadius * math.Asin(math.Sqrt(min(1, h)))
}
