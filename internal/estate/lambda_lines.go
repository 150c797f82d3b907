package estate

import "strings"

// sentence appends what the code of a function has to say in one line. It
// holds no quotes, backslashes or control characters, so that it can stand in
// a JSON string as it is.
type sentence func(t []byte, r *rng) []byte

// repertoires are the sets of sentences that functions choose from.
var repertoires = [][]sentence{
	{sayProcessed, sayBatch, sayWrote, sayRetry},
	{sayLoaded, sayProcessed, sayPartition, sayWrote},
	{sayConsumed, sayOffsets, sayProcessed, sayRetry},
	{sayMerged, sayQuery, sayCapacity, sayProcessed},
	{sayCustomer, sayRequest, sayCapacity, sayCache},
	{sayRequest, sayCache, sayQuery, saySkipped},
	{sayLoaded, saySkipped, sayMerged, sayProgress},
}

var (
	tableNames  = []string{"orders", "order_items", "customers", "sessions", "inventory", "payments", "web_events", "shipments"}
	bucketNames = []string{"acme-raw-landing", "acme-bronze", "acme-silver", "acme-gold", "acme-exports"}
	endpoints   = []string{"/v2/contacts", "/v1/orders", "/rates/latest", "/inventory/levels", "/graph/batch"}
)

// appendSeconds appends a number of seconds between about 0.05 and 20.
func appendSeconds(t []byte, r *rng) []byte {
	v := r.float()
	return appendCenti(t, 5+int64(2000*v*v*v))
}

func sayProcessed(t []byte, r *rng) []byte {
	t = append(t, "processed "...)
	t = appendInt(t, int64(10+r.intn(5000)))
	t = append(t, " rows in "...)
	t = appendSeconds(t, r)
	return append(t, 's')
}

func sayBatch(t []byte, r *rng) []byte {
	t = append(t, "received batch size="...)
	t = appendInt(t, int64(1+r.intn(500)))
	t = append(t, " bytes="...)
	t = appendInt(t, int64(800+r.intn(900000)))
	t = append(t, " partition="...)
	return appendInt(t, int64(r.intn(24)))
}

func appendObject(t []byte, r *rng) []byte {
	t = append(t, "s3://"...)
	t = append(t, pick(r, bucketNames)...)
	t = append(t, '/')
	t = append(t, pick(r, tableNames)...)
	t = append(t, "/part-"...)
	t = appendPadded(t, int64(r.intn(400)), 5)
	t = append(t, '-')
	h := r.next()
	t = appendUUID(t, h, mix(h))
	return append(t, ".snappy.parquet"...)
}

func sayWrote(t []byte, r *rng) []byte {
	t = append(t, "wrote "...)
	t = appendInt(t, int64(2000+r.intn(40_000_000)))
	t = append(t, " bytes to "...)
	return appendObject(t, r)
}

func sayLoaded(t []byte, r *rng) []byte {
	t = append(t, "loaded "...)
	t = appendInt(t, int64(100+r.intn(20000)))
	t = append(t, " records from "...)
	return appendObject(t, r)
}

func sayRetry(t []byte, r *rng) []byte {
	t = append(t, "retrying in "...)
	t = appendInt(t, int64(100<<r.intn(5)))
	t = append(t, " ms (attempt "...)
	t = appendInt(t, int64(1+r.intn(4)))
	return append(t, "/5)"...)
}

func sayPartition(t []byte, r *rng) []byte {
	t = append(t, "added partition hour="...)
	t = appendPadded(t, int64(r.intn(24)), 2)
	t = append(t, " to table "...)
	t = append(t, pick(r, tableNames)...)
	t = append(t, " files="...)
	return appendInt(t, int64(1+r.intn(64)))
}

func sayConsumed(t []byte, r *rng) []byte {
	t = append(t, "consumed "...)
	t = appendInt(t, int64(1+r.intn(1000)))
	t = append(t, " messages from shardId-"...)
	t = appendPadded(t, int64(r.intn(16)), 12)
	t = append(t, " lag="...)
	t = appendInt(t, int64(r.intn(9000)))
	return append(t, "ms"...)
}

func sayOffsets(t []byte, r *rng) []byte {
	t = append(t, "committed offset "...)
	t = appendInt(t, 48_000_000+int64(r.intn(9_000_000)))
	t = append(t, " for partition "...)
	return appendInt(t, int64(r.intn(24)))
}

func sayMerged(t []byte, r *rng) []byte {
	t = append(t, "merged table="...)
	t = append(t, pick(r, tableNames)...)
	t = append(t, " inserted="...)
	t = appendInt(t, int64(r.intn(4000)))
	t = append(t, " updated="...)
	t = appendInt(t, int64(r.intn(900)))
	t = append(t, " deleted="...)
	return appendInt(t, int64(r.intn(40)))
}

func sayQuery(t []byte, r *rng) []byte {
	t = append(t, "query on "...)
	t = append(t, pick(r, tableNames)...)
	t = append(t, " returned "...)
	t = appendInt(t, int64(r.intn(3000)))
	t = append(t, " rows, took "...)
	t = appendInt(t, int64(2+r.intn(900)))
	return append(t, " ms"...)
}

func sayCapacity(t []byte, r *rng) []byte {
	t = append(t, "consumed write capacity "...)
	t = appendInt(t, int64(1+r.intn(40)))
	t = append(t, ".5 units on "...)
	return append(t, pick(r, tableNames)...)
}

func sayCustomer(t []byte, r *rng) []byte {
	t = append(t, "updated contact cus_"...)
	t = appendHex(t, r.next(), 14)
	t = append(t, " fields="...)
	return appendInt(t, int64(1+r.intn(12)))
}

func sayRequest(t []byte, r *rng) []byte {
	t = append(t, "GET https://api.partner.example"...)
	t = append(t, pick(r, endpoints)...)
	t = append(t, " status=200 elapsed="...)
	t = appendInt(t, int64(15+r.intn(700)))
	return append(t, "ms"...)
}

func sayCache(t []byte, r *rng) []byte {
	t = append(t, "cache hits="...)
	t = appendInt(t, int64(r.intn(1000)))
	t = append(t, " misses="...)
	t = appendInt(t, int64(r.intn(80)))
	t = append(t, " ratio=0."...)
	return appendPadded(t, int64(700+r.intn(299)), 3)
}

func saySkipped(t []byte, r *rng) []byte {
	t = append(t, "skipped "...)
	t = appendInt(t, int64(r.intn(60)))
	t = append(t, " of "...)
	t = appendInt(t, int64(200+r.intn(3000)))
	return append(t, " records: already loaded"...)
}

func sayProgress(t []byte, r *rng) []byte {
	t = append(t, "progress "...)
	t = appendInt(t, int64(r.intn(100)))
	return append(t, "% done"...)
}

// appendPayload appends a request payload, a JSON object.
func appendPayload(t []byte, r *rng, at int64) []byte {
	t = append(t, `{"orderId":"ord-`...)
	t = appendInt(t, 10_000_000+int64(r.intn(9_000_000)))
	t = append(t, `","customer":{"id":"cus_`...)
	t = appendHex(t, r.next(), 14)
	t = append(t, `","tier":"`...)
	t = append(t, pick(r, []string{"free", "plus", "pro", "enterprise"})...)
	t = append(t, `"},"amount":`...)
	t = appendCenti(t, int64(199+r.intn(90_000)))
	t = append(t, `,"currency":"`...)
	t = append(t, pick(r, []string{"USD", "EUR", "KRW", "JPY"})...)
	t = append(t, `","items":`...)
	t = appendInt(t, int64(1+r.intn(9)))
	t = append(t, `,"receivedAt":"`...)
	t = appendISO(t, at-int64(r.intn(2000)))
	return append(t, `"}`...)
}

// level is a log level as the runtimes spell it.
type level uint8

const (
	info level = iota
	warn
	errorLevel
	debug
)

var levelNames = [...]string{"INFO", "WARN", "ERROR", "DEBUG"}

// writeLine writes line i of an invocation in the style of the function.
func (f *function) writeLine(b *logBuf, stream int32, v *invocation, r *rng, at int64, i int) {
	l := info
	switch p := r.intn(1000); {
	case p < 25:
		l = warn
	case p < 29:
		l = errorLevel // logged and handled: the invocation goes on
	case p < 90:
		l = debug
	}
	say := f.sentences[(i+r.intn(2))%len(f.sentences)]
	payload := i == 0 && r.intn(4) == 0
	t := b.text
	switch f.style {
	case pythonLogging:
		t = append(t, '[')
		t = append(t, pythonLevel(l)...)
		t = append(t, "]\t"...)
		t = appendISO(t, at)
		t = append(t, '\t')
		t = v.appendID(t)
		t = append(t, '\t')
		t = appendMessage(t, r, say, l, payload, at)
		t = append(t, '\n')
	case nodeConsole:
		t = appendISO(t, at)
		t = append(t, '\t')
		t = v.appendID(t)
		t = append(t, '\t')
		t = append(t, levelNames[l]...)
		t = append(t, '\t')
		t = appendMessage(t, r, say, l, payload, at)
		t = append(t, '\n')
	case javaLog4j:
		t = appendPlainTime(t, at, 0)
		t = append(t, ' ')
		t = v.appendID(t)
		t = append(t, ' ')
		t = append(t, levelNames[l]...)
		if len(levelNames[l]) == 4 {
			t = append(t, ' ')
		}
		t = append(t, " Handler - "...)
		t = appendMessage(t, r, say, l, payload, at)
		t = append(t, '\n')
	case goPlain:
		t = appendDate(t, at, '/')
		t = append(t, ' ')
		t = appendClock(t, at)
		t = append(t, ' ')
		t = appendMessage(t, r, say, l, payload, at)
		t = append(t, '\n')
	case pythonJSON:
		t = f.appendPowertools(t, v, r, say, l, payload, at)
	case nodeJSON:
		t = append(t, `{"timestamp":"`...)
		t = appendISO(t, at)
		t = append(t, `","level":"`...)
		t = append(t, levelNames[l]...)
		t = append(t, `","requestId":"`...)
		t = v.appendID(t)
		t = append(t, `","message":"`...)
		t = appendMessage(t, r, say, l, false, at)
		t = append(t, `"}`...)
	default: // print
		t = appendMessage(t, r, say, l, payload, at)
		t = append(t, '\n')
	}
	b.text = t
	b.add(stream, at)
}

func pythonLevel(l level) string {
	if l == warn {
		return "WARNING"
	}
	return levelNames[l]
}

func appendMessage(t []byte, r *rng, say sentence, l level, payload bool, at int64) []byte {
	switch {
	case payload:
		t = append(t, "Received event: "...)
		return appendPayload(t, r, at)
	case l == errorLevel:
		t = append(t, "record rejected: schema mismatch in field amount, "...)
	case l == warn:
		t = append(t, "slow upstream, "...)
	}
	return say(t, r)
}

// appendPowertools appends a line of the Powertools logger.
func (f *function) appendPowertools(t []byte, v *invocation, r *rng, say sentence, l level, payload bool, at int64) []byte {
	t = append(t, `{"level":"`...)
	t = append(t, pythonLevel(l)...)
	t = append(t, `","location":"lambda_handler:`...)
	t = appendInt(t, int64(20+r.intn(80)))
	t = append(t, `","message":"`...)
	if payload {
		t = append(t, `Received event","event":`...)
		t = appendPayload(t, r, at)
	} else {
		t = appendMessage(t, r, say, l, false, at)
		t = append(t, '"')
	}
	t = append(t, `,"timestamp":"`...)
	t = appendPlainTime(t, at, ',')
	t = append(t, `+0000","service":"`...)
	service, _, _ := strings.Cut(f.name, "-")
	t = append(t, service...)
	t = append(t, `","function_name":"`...)
	t = append(t, f.name...)
	t = append(t, `","function_memory_size":"`...)
	t = appendInt(t, int64(f.memoryMB))
	t = append(t, `","function_request_id":"`...)
	t = v.appendID(t)
	t = append(t, `","rows":`...)
	t = appendInt(t, int64(r.intn(5000)))
	t = append(t, `,"elapsed_ms":`...)
	t = appendCenti(t, int64(100+r.intn(90_000)))
	t = append(t, `,"status":{"code":`...)
	t = append(t, pick(r, []string{"200", "200", "200", "200", "202", "429"})...)
	return append(t, "}}\n"...)
}

// unescape removes the backslashes that a message needs inside JSON.
func unescape(s string) string { return strings.ReplaceAll(s, `\"`, `"`) }
