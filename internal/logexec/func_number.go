package logexec

import "math"

// numberFunctions are those of numbers. Arguments that are no number, nor a text
// that looks like one, give nothing; so do results that are no number, such as
// sqrt(-1). AWS: "Numeric operations and functions".
var numberFunctions = map[string]function{
	"abs":       onNumber(math.Abs),
	"ceil":      onNumber(math.Ceil),
	"floor":     onNumber(math.Floor),
	"log":       onNumber(math.Log),
	"sqrt":      onNumber(math.Sqrt),
	"toInt":     onNumber(math.Trunc),
	"greatest":  pick(1),
	"least":     pick(-1),
	"round":     funcRound,
	"haversine": funcHaversine,
	"hexToDec":  onText(hexToDec),
	"decToHex":  funcDecToHex,
	"toNumber":  funcToNumber,
	"isNumeric": funcIsNumeric,
}
