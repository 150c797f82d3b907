package insights

// resolve replaces every part of e that prints like an unnamed output column of
// the stats before by that column.
func (k *checker) resolve(e Expr) Expr {
	if len(k.outputs) == 0 {
		return e
	}
	if _, isField := e.(*Field); !isField && atMost(e, longestKey(k.outputs)) {
		if name, ok := k.outputs[e.String()]; ok {
			return &Field{Span: e.Pos(), Path: []string{name}}
		}
	}
	k.resolveBelow(e)
	return e
}

// longestKey is the length of the longest key of m.
func longestKey[V any](m map[string]V) (n int) {
	for key := range m {
		n = max(n, len(key))
	}
	return n
}

// atMost says whether e has at most n nodes, without looking at many more. As
// every node prints at least one letter, others print no text of length n: an
// expression with thousands of operators need not be printed at each of them.
func atMost(e Expr, n int) bool {
	Walk(e, func(Expr) bool {
		n--
		return n >= 0
	})
	return n >= 0
}

func (k *checker) resolveBelow(e Expr) {
	switch e := e.(type) {
	case *Call:
		for i := range e.Args {
			e.Args[i] = k.resolve(e.Args[i])
		}
	case *Unary:
		e.X = k.resolve(e.X)
	case *Binary:
		e.L, e.R = k.resolve(e.L), k.resolve(e.R)
	case *Like:
		e.X = k.resolve(e.X)
	case *In:
		e.X = k.resolve(e.X)
		for i := range e.List {
			e.List[i] = k.resolve(e.List[i])
		}
	}
}
