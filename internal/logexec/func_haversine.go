package logexec

import (
	"math"

	"skywatch/internal/lang/insights"
)

// funcHaversine is haversine(lat1, lon1, lat2, lon2): the great-circle distance
// of two points in kilometres, on a sphere; arguments are in degrees. Nothing
// when one of them is no number. AWS: "Numeric operations and functions".
func funcHaversine(_ *compiler, _ *insights.Call, args []eval) eval {
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
}

// earthRadius is the mean one, in kilometres.
const earthRadius = 6371.0088

// haversine is the great-circle distance of two points, angles in radians.
func haversine(lat1, lon1, lat2, lon2 float64) float64 {
	a, b := math.Sin((lat2-lat1)/2), math.Sin((lon2-lon1)/2)
	h := a*a + math.Cos(lat1)*math.Cos(lat2)*b*b
	return 2 * earthRadius * math.Asin(math.Sqrt(min(1, h)))
}
