package logtype

// The scanner turns a message into its skeleton: the static text with a mark
// for every hole, so that two messages of the same sentence have the same
// skeleton. Marks begin with a NUL, which static text never holds.
//
//	0 'g'        a token: a number, an id, a path
//	0 'u'        a UUID in lower case
//	0 't' a b    a moment in layout a<<8|b
//	0 'i'        an IPv4 address
//	0 's'        the inside of a JSON string
//	0 'v'        a JSON number, true or false
//	0 'a'        a long JSON array or object, as it stands
//	0 'f'        a field of an access log
//	0 'c' a b    the same text as hole a<<8|b of the message
//	0 'w'        a word that varies (only in merged skeletons, see merge.go)
//	0 '{' 0 '}'  where JSON begins and ends; no holes
//	0 'M' …      at the very end: JSON kind, Lambda kind, hole of the request id, line kind
const (
	holeToken  = 'g'
	holeUUID   = 'u'
	holeTime   = 't'
	holeIPv4   = 'i'
	holeString = 's'
	holeValue  = 'v'
	holeOpaque = 'a'
	holeField  = 'f'
	holeCopy   = 'c'
	holeWord   = 'w'
	markOpen   = '{'
	markClose  = '}'
	markEnd    = 'M'
)

// markLen is the length of a mark, its NUL included.
func markLen(class byte) int {
	switch class {
	case holeTime, holeCopy:
		return 4
	case markEnd:
		return 6
	}
	return 2
}

func isHole(class byte) bool { return class != markOpen && class != markClose && class != markEnd }

// hole is where a variable stands in its message.
type hole struct {
	from, to uint32
	val      int64 // the value of a moment
}

const (
	// maxHoles bounds the variables of one message; the rest of a longer one
	// is one more variable.
	maxHoles = 384
	// maxSkeleton bounds its static text.
	maxSkeleton = 16 << 10
	// maxWord is the longest word that is taken for static text: longer ones
	// are encoded data.
	maxWord = 48
)

type scanner struct {
	msg   string
	skel  []byte
	holes []hole // of all messages of the block
	base  int    // first hole of this message
	lit   int    // where the static text begins that is not in skel yet
	// inPath is set while paths themselves are taken apart: then a slash does
	// not begin a token.
	inPath bool

	// named makes the scanner keep names: one for each hole, "" for none.
	named bool
	names []string
	path  []byte

	json   JSONKind
	kind   LineKind
	fields int // of the JSON
}

const (
	alpha = 1 << iota
	digit
	slash
	nul
	minus
)

var class = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = digit
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80:
			t[c] = alpha
		}
	}
	t['/'], t[0], t['-'] = slash, nul, minus
	return t
}()

// scan reads a whole message.
func (s *scanner) scan(msg string) {
	s.msg, s.skel, s.base, s.lit = msg, s.skel[:0], len(s.holes), 0
	s.names, s.json, s.kind = s.names[:0], JSONNone, LineNone
	switch {
	case len(msg) > 0 && msg[0] == '{' && s.whole():
	case s.line():
	case s.fragment():
	default:
		s.text(0, len(msg))
	}
	s.static(len(msg))
	s.lit = len(msg)
}

// static moves the text before i into the skeleton.
func (s *scanner) static(i int) { s.skel = append(s.skel, s.msg[s.lit:i]...) }

func (s *scanner) hole(class byte, from, to int) {
	s.static(from)
	s.skel = append(s.skel, 0, class)
	s.holes = append(s.holes, hole{from: uint32(from), to: uint32(to)})
	s.lit = to
	if s.named {
		s.names = append(s.names, "")
	}
}

func (s *scanner) moment(l Layout, v int64, from, to int) {
	s.hole(holeTime, from, to)
	s.skel = append(s.skel, byte(l>>8), byte(l))
	s.holes[len(s.holes)-1].val = v
}

func (s *scanner) name(n string) {
	if s.named {
		s.names[len(s.names)-1] = n
	}
}

// full says that the message has had its share of holes and static text.
func (s *scanner) full() bool {
	return len(s.holes)-s.base >= maxHoles || len(s.skel) >= maxSkeleton
}

// text takes msg[from:to] apart: words are static, what holds a digit is a hole.
func (s *scanner) text(from, to int) {
	msg := s.msg[:to]
	i := from
	for i < len(msg) {
		k := class[msg[i]]
		if k&(alpha|digit) == 0 {
			switch {
			case k == slash && !s.inPath:
				if end := s.slashed(i, to); end > 0 {
					i = end
					continue
				}
			case k == nul:
				end := i + 1
				for end < to && msg[end] != ' ' && msg[end] != '\n' {
					end++
				}
				s.hole(holeToken, i, end)
				i = end
				continue
			}
			i++
			continue
		}
		start := i
		for i++; i < len(msg); i++ {
			c := class[msg[i]]
			if c&(alpha|digit) == 0 {
				break
			}
			k |= c
		}
		switch {
		case k&digit != 0:
			i = s.token(start, i, to, k)
		case i-start == 8 && i < to && msg[i] == '-' && uuidAt(msg, start, to) != 0:
			i = s.token(start, i, to, k)
		case i-start > maxWord:
			s.hole(holeToken, start, i)
		default:
			continue
		}
		if s.full() {
			break
		}
	}
	// The check of the skeleton's length above counts moved text only.
	if i < to || to-s.lit > maxSkeleton {
		if at := max(s.lit, from); at < to {
			s.hole(holeToken, at, to)
		}
	}
}

// slashed takes a path, or the rest of a URL, that begins at i as one token. It
// answers from where on to go on, 0 when nothing was looked at.
func (s *scanner) slashed(i, to int) int {
	if i > 0 && class[s.msg[i-1]]&(alpha|digit) != 0 {
		return 0
	}
	first := i
	if i+1 < to && s.msg[i+1] == '/' { // scheme://
		i += 2
	}
	end, some := i, byte(0)
	for end < to {
		c := s.msg[end]
		if c <= ' ' || c == '"' || c == '\'' || c == ',' || c == ';' || c == ')' || c == ']' || c == '}' || c == '<' || c == '>' {
			break
		}
		some |= class[c]
		end++
	}
	for end > i && (s.msg[end-1] == ':' || s.msg[end-1] == '.') {
		end-- // punctuation of the sentence
	}
	if end-i < 2 || some&(alpha|digit) == 0 {
		return max(end, first+1) // nothing but punctuation: it stays static
	}
	s.hole(holeToken, i, end)
	return end
}

// token reads what begins at start, whose first run of letters and digits ends
// at end and holds the classes k, and answers where it ends.
func (s *scanner) token(start, end, to int, k byte) int {
	msg := s.msg
	if end-start == 8 && end < to && msg[end] == '-' {
		switch uuidAt(msg, start, to) {
		case 'a':
			s.hole(holeUUID, start, start+36)
			return start + 36
		case 'A':
			s.hole(holeToken, start, start+36)
			return start + 36
		}
	}
	if k != digit {
		n := 0
		for class[msg[start+n]] == digit {
			n++
		}
		if n > 0 && isUnit(msg[start+n:end]) {
			s.hole(holeToken, s.sign(start), start+n)
			return end
		}
		s.hole(holeToken, start, end)
		return end
	}
	if end < to {
		switch c := msg[end]; {
		case (end-start == 4 || end-start == 2 || end-start == 8) && (c == '-' || c == '/' || c == ':'):
			if l, v, n := parseTime(msg[start:to]); n > 0 {
				s.moment(l, v, start, start+n)
				return start + n
			}
		case c == '-' && end-start == 1 && msg[start] == '1':
			if traceAt(msg[start:to]) {
				s.hole(holeToken, start, start+traceLen)
				return start + traceLen
			}
		case c == '.' && end+1 < to && class[msg[end+1]] == digit:
			if _, n := parseIPv4(msg[start:to]); n > 0 {
				s.hole(holeIPv4, start, start+n)
				return start + n
			}
			end++
			for end < to && class[msg[end]] == digit {
				end++
			}
			rest := end
			for rest < to && class[msg[rest]]&(alpha|digit) != 0 {
				rest++
			}
			if rest > end && !isUnit(msg[end:rest]) {
				s.hole(holeToken, s.sign(start), rest)
				return rest
			}
			s.hole(holeToken, s.sign(start), end)
			return rest
		}
	}
	s.hole(holeToken, s.sign(start), end)
	return end
}

// sign moves the start of a number before its minus, when it has one.
func (s *scanner) sign(start int) int {
	if start > s.lit && s.msg[start-1] == '-' {
		if start-1 == 0 {
			return 0
		}
		switch s.msg[start-2] {
		case ' ', '=', ':', '(', '[', ',', '\t', '_':
			return start - 1
		}
	}
	return start
}

// isUnit says whether a word behind digits is a unit. None of them is made of
// hexadecimal digits only, so that ids are not taken for quantities.
func isUnit(s string) bool {
	switch len(s) {
	case 1:
		return s == "s" || s == "m" || s == "h" || s == "x"
	case 2:
		switch s {
		case "ms", "us", "ns", "KB", "kB", "MB", "GB", "TB", "th", "st", "nd", "rd", "px":
			return true
		}
	case 3:
		switch s {
		case "KiB", "MiB", "GiB", "TiB", "min", "sec":
			return true
		}
	case 4:
		return s == "secs" || s == "mins"
	}
	return false
}
