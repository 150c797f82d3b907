package logexec

import "skywatch/internal/lang/insights"

// function compiles a call. args are the compiled arguments; those that are
// periods are nil.
//
// A function is a line in the table of its family (func_number.go,
// func_time.go, func_general.go, func_text.go, func_json.go, func_ip.go). When
// the line says all, because it lifts a function of Go (onNumber, onText, …),
// that is where it is: a file would say less. Every other function has a file
// func_<name>.go, which tells what it answers, in which unit, for nothing and
// for wrong types, and the section of AWS's page "Supported operations and
// functions" of Logs Insights (CWL_QuerySyntax-operations-functions.html in the
// CloudWatch Logs User Guide) that it is from. Each has its script in
// testdata/function.
type function func(c *compiler, call *insights.Call, args []eval) eval

// functionFor finds a function by its canonical name.
func functionFor(name string) (function, bool) {
	for _, table := range []map[string]function{numberFunctions, timeFunctions, generalFunctions, textFunctions, jsonFunctions, ipFunctions} {
		if f, ok := table[name]; ok {
			return f, true
		}
	}
	return nil, false
}

func (c *compiler) call(call *insights.Call) eval {
	f, ok := functionFor(call.Func.Name)
	if !ok {
		panic("function " + call.Func.Name + " has no implementation")
	}
	args := make([]eval, len(call.Args))
	for i, a := range call.Args {
		if _, period := a.(*insights.Period); !period {
			args[i] = c.expr(a)
		}
	}
	return c.bounded(call.Func.Name, f(c, call, args))
}

// bounded fails the query when a function that makes texts longer, if only by a
// few times, makes one too long.
func (c *compiler) bounded(name string, f eval) eval {
	switch name {
	case "urlencode", "base64encode", "jsonStringify", "toupper", "tolower", "formatDate":
		return func(r *row) value {
			v := f(r)
			if len(v.str) > maxText {
				return c.tooLong(name)
			}
			return v
		}
	}
	return f
}

// onNumber lifts a function of one number; nothing and text give nothing.
func onNumber(f func(float64) float64) function {
	return func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value {
			v := x(r)
			n, ok := v.number()
			if !ok {
				return value{}
			}
			return num(f(n))
		}
	}
}

// onText lifts a function of one text; nothing and maps give nothing.
func onText(f func(string) value) function {
	return func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value {
			s, ok := textOf(x, r)
			if !ok {
				return value{}
			}
			return f(s)
		}
	}
}

// onTexts lifts a function of two texts; nothing gives none.
func onTexts(none value, f func(a, b string) value) function {
	return func(_ *compiler, _ *insights.Call, args []eval) eval {
		x, y := args[0], args[1]
		return func(r *row) value {
			a, ok := textOf(x, r)
			if !ok {
				return none
			}
			b, ok := textOf(y, r)
			if !ok {
				return none
			}
			return f(a, b)
		}
	}
}

// textOf evaluates an argument as text; ok is false for nothing and maps.
func textOf(x eval, r *row) (string, bool) {
	v := x(r)
	if v.kind == null || v.kind == tree {
		return "", false
	}
	return v.text(), true
}
