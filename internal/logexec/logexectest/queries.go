package logexectest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Queries makes random queries. Most are accepted; some are refused by the
// parser or by logexec.Check, which is for the caller to find out.
type Queries struct {
	r *rand.Rand

	names   []string // that commands made, or columns of the present rows
	events  bool     // rows are events
	n       int      // names given so far
	inside  bool     // in a subquery
	sorted  bool     // a command came that no stats may follow
	joined  bool
	hasBins bool
}

// NewQueries returns the queries of a seed.
func NewQueries(seed uint64) *Queries { return &Queries{r: rand.New(rand.NewPCG(seed, 2))} }

// Next makes one query.
func (g *Queries) Next() string {
	g.names, g.events, g.n, g.inside, g.sorted, g.joined, g.hasBins = nil, true, 0, false, false, false, false
	return g.pipeline(1 + g.r.IntN(5))
}

func (g *Queries) pipeline(n int) string {
	var parts []string
	for i := range n {
		c := g.command(i == n-1)
		parts = append(parts, c)
		if strings.HasPrefix(c, "dedup") {
			break
		}
	}
	return strings.Join(parts, " | ")
}

func (g *Queries) pick(list ...string) string { return pick(g.r, list...) }

func (g *Queries) chance(n int) bool { return g.r.IntN(n) == 0 }

func (g *Queries) name() string {
	g.n++
	name := "n" + strconv.Itoa(g.n)
	g.names = append(g.names, name)
	return name
}

var eventFields = []string{"k", "v", "status", "user", "ip", "ok", "o.p", "o.q.0", "list.0", "js", "d", "msg", "@message", "@timestamp", "@log", "@aws.account", "@aws.region",
	"@logStream", "@entity.KeyAttributes.Name", "@entity.Attributes.EC2.InstanceId", "@ingestionTime", "@type", "@requestId", "@duration", "@maxMemoryUsed", "@initDuration", "packets", "srcAddr", "action", "bucket",
	"httpStatus", "bytesSent", "totalTime", "queryType", "integrationLatency", "@aws.tag.team", "nothing", "@unknown"}

func (g *Queries) field() string {
	if len(g.names) > 0 && (!g.events || g.chance(2)) {
		return g.names[g.r.IntN(len(g.names))]
	}
	if !g.events {
		return "gone"
	}
	if g.chance(2) {
		return g.pick("k", "v", "status", "user")
	}
	return g.pick(eventFields...)
}

func (g *Queries) fields(most int) string {
	list := []string{g.field()}
	for range g.r.IntN(most) {
		if f := g.field(); !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return strings.Join(list, ", ")
}

func (g *Queries) period() string { return g.pick("30s", "5m", "1h", "2d", "1w", "1mo", "90m") }

// constant is a number or a text that events hold.
func (g *Queries) constant() string {
	return g.pick("7", "200", "-1.5", "0", "250", `"a"`, `"7"`, `"u1"`, `"ERROR"`, `"10.1.2.3"`, `""`, "true", "false")
}

// value is an expression.
func (g *Queries) value(depth int) string {
	if depth == 0 {
		if g.chance(4) {
			return g.constant()
		}
		return g.field()
	}
	sub := func() string { return g.value(g.r.IntN(depth)) }
	switch g.r.IntN(4) {
	case 0:
		return fmt.Sprintf("(%s %s %s)", sub(), g.pick("+", "-", "*", "/", "%", "^"), sub())
	case 1:
		if g.chance(3) {
			return g.condition(depth - 1)
		}
		if g.chance(4) {
			return "-" + g.field()
		}
	}
	return g.call(sub)
}

// call is a function of every kind; sub makes arguments.
func (g *Queries) call(sub func() string) string {
	one := func(names ...string) string { return g.pick(names...) + "(" + sub() + ")" }
	two := func(names ...string) string { return g.pick(names...) + "(" + sub() + ", " + sub() + ")" }
	switch g.r.IntN(24) {
	case 0:
		return one("abs", "ceil", "floor", "log", "sqrt", "toNumber", "toInt", "toLong", "toDouble", "round")
	case 1:
		return two("greatest", "least", "round", "coalesce", "concat")
	case 2:
		return fmt.Sprintf("haversine(%s, %s, 48.5, 2.25)", sub(), sub())
	case 3:
		if g.events {
			return g.pick("bin(", "bin(") + g.period() + ")"
		}
		return "now()"
	case 4:
		return g.pick("datefloor", "dateceil") + "(" + g.pick("@timestamp", sub()) + ", " + g.period() + ")"
	case 5:
		return one("fromMillis", "toMillis")
	case 6:
		return g.pick("now()", "queryStartTime()", "queryEndTime()", "queryTimeRange()", "messageSize(msg)")
	case 7:
		return fmt.Sprintf("%s(%s, \"%s\"%s)", g.pick("formatDate", "strftime"), g.pick("@timestamp", sub()), g.pick("%Y-%m-%d", "%H:%M:%S.%L", "%a %b %e %j %V"), g.pick("", `, "Asia/Seoul"`, `, "-03:30"`))
	case 8:
		return fmt.Sprintf("parseDate(%s, \"%s\"%s)", g.pick("d", sub()), g.pick("yyyy-MM-dd", "yyyy-MM[-dd]"), g.pick("", `, "Europe/Paris"`))
	case 9:
		return one("ispresent", "isNumeric", "isempty", "isblank", "unmask", "messageSize")
	case 10:
		return fmt.Sprintf("if(%s, %s, %s)", g.condition(0), sub(), sub())
	case 11:
		return fmt.Sprintf("case(%s, %s, %s, %s, %s)", g.condition(0), sub(), g.condition(0), sub(), sub())
	case 12:
		return g.pick("jsonStringify(jsonParse(js))", "jsonArraySize(jsonParse(js))", "jsonArraySize("+sub()+")", "jsonArrayContains("+sub()+", 1)", "jsonStringify("+sub()+")")
	case 13:
		return g.pick("isValidIp", "isValidIpV4", "isValidIpV6", "ipv4ToNumber", "isPrivateIP", "isPublicIP", "isReservedIP") + "(" + g.pick("ip", "srcAddr", sub()) + ")"
	case 14:
		return g.pick(`isIpInSubnet(ip, "10.0.0.0/8")`, `isIpv4InSubnet(ip, "10.1.0.0/16")`, `isIpv6InSubnet(ip, "2001:db8::/32")`)
	case 15:
		return one("ltrim", "rtrim", "trim", "strlen", "toupper", "tolower")
	case 16:
		return two("ltrim", "rtrim", "trim", "strcontains", "startsWith", "endsWith")
	case 17:
		return fmt.Sprintf("strcontains(%s, %s, %s)", sub(), sub(), g.pick("true", "false", sub()))
	case 18:
		return fmt.Sprintf("substr(%s, %d, %d)", sub(), g.r.IntN(4), g.r.IntN(9))
	case 19:
		return fmt.Sprintf("replace(%s, %s, %s)", sub(), g.pick(`"a"`, `"0"`, sub()), sub())
	case 20:
		return fmt.Sprintf(`regexReplace(%s, "%s", "%s")`, sub(), g.pick("[0-9]+", "(a)|b", "^."), g.pick("<$0>", "", "x", "$1y", `\\1`))
	case 21:
		return one("urlencode", "urldecode", "base64encode", "base64decode", "md5", "sha256")
	case 22:
		return one("hexToDec", "decToHex", "hexToAscii")
	}
	return "jsonArraySize(split(" + sub() + `, "-"))`
}

// condition is what filter takes.
func (g *Queries) condition(depth int) string {
	if depth > 0 {
		switch g.r.IntN(3) {
		case 0:
			return fmt.Sprintf("(%s %s %s)", g.condition(depth-1), g.pick("and", "or"), g.condition(depth-1))
		case 1:
			return "not (" + g.condition(depth-1) + ")"
		}
	}
	f := g.field()
	switch g.r.IntN(8) {
	case 0, 1:
		return f + " " + g.pick("=", "!=", "<", "<=", ">", ">=") + " " + g.constant()
	case 2:
		return f + g.pick(" like ", " not like ") + g.pick(`"a"`, `"rror"`, "/(?i)error|time/", `/\d+ms/`, "/^u[12]$/")
	case 3:
		return "@message " + g.pick("like /REPORT/", `like "done"`, "=~ /[45]0[0-9]/")
	case 4:
		return f + g.pick(" in ", " not in ") + "[" + g.constant() + ", " + g.constant() + "]"
	case 5:
		return g.pick("", "!", "not ") + "ispresent(" + f + ")"
	case 6:
		return f + " " + g.pick("<", ">=", "=") + " " + g.field()
	}
	if g.inside || !g.chance(3) {
		return f + " > 10"
	}
	return f + g.pick(" in ", " not in ") + "(" + g.sub(func() string {
		return g.pick("SOURCE 'app' | ", "SOURCE 'app', '/aws/lambda/orders' | ", "") + "filter " + g.condition(0) + " | " +
			g.pick("fields ", "stats count(*) as c by ", "dedup ") + "%s" + g.pick("", "")
	}) + ")"
}

// sub makes a subquery of one column in a scope of its own.
func (g *Queries) sub(text func() string) string {
	saved := *g
	g.inside, g.events, g.names = true, true, nil
	s := text()
	col := g.pick("k", "user", "status", "v", "@requestId")
	switch {
	case strings.Contains(s, "| stats"):
		s = fmt.Sprintf(s, col) + " | display " + col
	case strings.Contains(s, "| dedup"):
		s = "fields " + col
	default:
		s = fmt.Sprintf(s, col)
	}
	saved.n = g.n
	r := g.r
	*g = saved
	g.r = r
	return s
}

func (g *Queries) items(most int) string {
	var list []string
	for range 1 + g.r.IntN(most) {
		e := g.value(g.r.IntN(3))
		switch {
		case g.chance(2):
			list = append(list, e+" as "+g.name())
		case !slices.Contains(list, e):
			list = append(list, e)
		}
	}
	if len(list) == 0 {
		return "@message"
	}
	return strings.Join(list, ", ")
}

// newRows says that only these columns exist from now on.
func (g *Queries) newRows(names ...string) {
	g.events, g.names, g.hasBins = false, names, false
}

func (g *Queries) stats() string {
	var list, made []string
	for range 1 + g.r.IntN(4) {
		f := g.field()
		if g.chance(4) {
			f = g.value(1)
		}
		agg := fmt.Sprintf(g.pick("count(%s)", "sum(%s)", "avg(%s)", "min(%s)", "max(%s)", "pct(%s, 90)", "median(%s)", "stddev(%s)", "variance(%s)", "sortsFirst(%s)",
			"sortsLast(%s)", "count_distinct(%s)", "values(%s)", "histogram(%s, 3)", "countOverTime(%s)", "sumOverTime(%s)", "sum(%s) / count(*)"), f)
		if g.events && g.chance(4) {
			agg = fmt.Sprintf(g.pick("earliest(%s)", "latest(%s)", "rate(%s, 5m)"), f)
		}
		if g.chance(4) {
			agg = "count(*)"
		}
		n := g.name()
		made = append(made, n)
		list = append(list, agg+" as "+n)
	}
	by, offset := "", ""
	bins := false
	switch {
	case g.chance(3):
		if g.chance(2) {
			n := g.name()
			made = append(made, n)
			list = append(list, fmt.Sprintf("topk(%d, %s) as %s", 1+g.r.IntN(3), g.field(), n))
		}
	case g.events && g.chance(2):
		n := g.name()
		bins = true
		by = " by bin(" + g.pick("5m", "1h", "1d") + ") as " + n
		made = append(made, n)
		if g.chance(2) {
			k := g.pick("k", "user", "status", "@log")
			by += ", " + k
			made = append(made, k)
		}
		if g.chance(4) {
			offset = " offset " + g.pick("1h", "1d", "1mo")
		}
	default:
		k := g.field()
		n := g.name()
		by = " by " + k + " as " + n
		made = append(made, n)
	}
	g.newRows(made...)
	g.hasBins = bins
	return "stats " + strings.Join(list, ", ") + by + offset
}

// command makes any command that may stand here.
func (g *Queries) command(last bool) string {
	for {
		switch g.r.IntN(32) {
		case 0, 1:
			return "fields " + g.items(3)
		case 2:
			return "display " + g.items(3)
		case 3, 4, 5:
			return g.pick("filter ", "where ") + g.condition(g.r.IntN(3))
		case 6, 7:
			if !g.sorted {
				return g.stats()
			}
		case 8:
			if g.events {
				return g.parse()
			}
		case 9, 10:
			g.sorted = true
			return "sort " + g.field() + g.pick("", " asc", " desc") + ", " + g.field() + g.pick("", " desc")
		case 11:
			g.sorted = true
			return "sort @timestamp desc"
		case 12:
			g.sorted = true
			return "limit " + strconv.Itoa(1+g.r.IntN(30))
		case 13:
			if last {
				g.sorted = true
				return "dedup " + g.fields(2) + g.pick("", " | limit 3")
			}
		case 14:
			c := "pattern " + g.pick("@message", "msg", "tolower("+g.field()+")", g.field())
			extra := []string{}
			if !g.inside {
				switch g.r.IntN(4) {
				case 0:
					c += " | diff" + g.pick("", " previousDay", " previousWeek", " previousMonth")
					extra = []string{"@previousSampleCount", "@difference", "@differencePercent", "@differenceDescription"}
				case 1:
					c += " | anomaly"
					extra = []string{"@anomaly", "@anomalyScore", "@anomalyType"}
				}
			}
			g.newRows(append(extra, "@pattern", "@ratio", "@sampleCount", "@severityLabel")...)
			return c
		case 15:
			if g.events && !g.inside {
				g.newRows("@pattern", "@sampleCount", "@difference")
				return g.pick("diff", "logcompare timeshift 6h", "logcompare timeshift 1d")
			}
		case 16:
			l := g.pick("list", "jsonParse(js)", "split("+g.field()+`, "-")`, "o", g.field(), "o.q")
			return "unnest " + l + " into " + g.name()
		case 17:
			if g.events {
				return "expand " + g.pick("list", "js", "o.q", "k")
			}
		case 18:
			if g.events {
				return `json field=` + g.pick("js", "o", "nothing") + ` "` + g.pick("a.b", "l.1.t", "l[0]", "q.0", "p") + `" as ` + g.name()
			}
		case 19:
			return "unmask " + g.items(2)
		case 20:
			return "lookup users id as " + g.field() + " OUTPUT name" + g.pick("", " as "+g.name(), ", team")
		case 21:
			return "cidrlookup nets " + g.pick("ip", "srcAddr", g.field()) + g.pick("", " as net") + g.pick(" OUTPUT", " OUTPUTNEW") + " zone"
		case 22:
			if !g.joined && !g.inside {
				g.joined = true
				g.names = append(g.names, "b.v", "b.k", "a.user")
				key := g.pick("k", "user", "status")
				return "join type=" + g.pick("inner", "left") + " left=a right=b where a." + key + " = b." + key + " (" +
					g.pick("SOURCE 'app'", "SOURCE 'app' | filter ok = 1 | limit 20", "SOURCE 'app' | stats count(*) as c, max(v) as v by "+key) + ")"
			}
		case 23:
			if !g.inside {
				return "appendcols override=" + g.pick("true", "false") + " max=" + g.pick("3", "100") +
					" (" + g.pick("SOURCE 'app' | fields k, v", "stats count(*) as c by status", "SOURCE '/aws/lambda/orders' | sort @duration | fields @duration as dur") + ")"
			}
		case 24:
			return "addtotals" + g.pick("", " col=true", " row=false col=true", " fieldname=T"+strconv.Itoa(g.r.IntN(99))) + g.pick("", " "+g.fields(2))
		case 25:
			c := "relevantfields " + g.pick("", g.fields(2)+" ") + "where " + g.condition(1)
			g.newRows("@fieldName", "@relevanceScore", "@conditionalMedian")
			return c
		case 26:
			f := g.field()
			return "autoregress " + f + g.pick("", " as "+g.name()) + g.pick("", " p=2", " p=1-3")
		case 27:
			return "accum " + g.field() + g.pick("", " as "+g.name())
		case 28:
			return "filldown" + g.pick("", " k v*", " n* @d*", " "+g.field())
		case 29:
			if g.hasBins {
				return "fillmissing" + g.pick("", " with 0 for "+g.names[0], " with -1 for "+g.names[0]+`, "x" for `+g.name())
			}
			if g.events {
				return "filterIndex " + g.pick(`k = "a"`, "status in [200, 500]", `k in ["a", "7"]`)
			}
		case 30:
			return "outlier action=" + g.pick("remove", "transform") + g.pick("", " param=0.5") + g.pick("", " uselower=true") + g.pick("", " mark=true") + " " + g.field()
		case 31:
			if g.events && g.chance(2) {
				return "sessionize " + g.fields(2) + g.pick("", " maxspan 10m", " maxspan 2h") + " as " + g.name()
			}
			if g.chance(2) {
				f := g.fields(2)
				g.newRows(append(strings.Split(f, ", "), "_approxcount")...)
				return g.pick("countFrequent ", "count_frequent ") + f
			}
			if last && !g.inside {
				return "estimate"
			}
		}
	}
}

func (g *Queries) parse() string {
	from := g.pick("", "@message ", "msg ", "toupper(msg) ", "js ")
	if strings.HasPrefix(from, "toupper") {
		from = "msg "
	}
	switch g.r.IntN(6) {
	case 0:
		return "parse " + from + `"* *" as ` + g.name() + ", " + g.name()
	case 1:
		return "parse " + from + `"Duration: * ms" as ` + g.name()
	case 2:
		return "parse " + from + `/(?<` + g.name() + `>\d+)\s*(?<` + g.name() + ">ms)?/"
	case 3:
		return "parse " + from + `/(\w+)/ as ` + g.name() + " multi"
	case 4:
		n := g.name()
		g.names[len(g.names)-1] = n + ".user"
		g.names = append(g.names, n+".ms")
		return "parse " + from + "logfmt as " + n
	}
	return "parse " + from + "csv as " + g.name() + ", " + g.name()
}
