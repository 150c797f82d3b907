package estate

// failure is an exception as the code of a function throws it.
type failure struct {
	kind, message, function, source string
	line                            int
}

var failures = map[string][]failure{
	"python": {
		{"KeyError", "'customer_id'", "transform", "transform.py", 88},
		{"ValueError", "could not convert string to float: 'N/A'", "parse_amount", "parsers.py", 41},
		{"botocore.exceptions.ClientError", "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied", "read_object", "storage.py", 27},
		{"psycopg2.OperationalError", "could not connect to server: Connection timed out", "connect", "warehouse.py", 19},
		{"json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", "decode_record", "parsers.py", 12},
	},
	"nodejs": {
		{"TypeError", "Cannot read properties of undefined (reading 'items')", "Runtime.handler", "/var/task/index.js", 57},
		{"Error", "connect ETIMEDOUT 10.0.31.7:5432", "TCPConnectWrap.afterConnect", "node:net", 1611},
		{"SyntaxError", "Unexpected token < in JSON at position 0", "JSON.parse", "/var/task/decode.js", 23},
	},
	"java": {
		{"java.lang.NullPointerException", "Cannot invoke \\\"String.length()\\\" because \\\"sku\\\" is null", "com.example.etl.Mapper.map", "Mapper.java", 104},
		{"java.sql.SQLTransientConnectionException", "HikariPool-1 - Connection is not available, request timed out after 5000ms", "com.zaxxer.hikari.pool.HikariPool.createTimeoutException", "HikariPool.java", 696},
	},
	"provided": {
		{"errorString", "decode record: unexpected end of JSON input", "main.handle", "main.go", 71},
		{"PathError", "open /tmp/batch.avro: no space left on device", "main.spill", "spill.go", 33},
	},
}

// failure returns the exception of a failed invocation. After a broken deploy
// it is always the same one.
func (f *function) failure(v *invocation) failure {
	language := "python"
	switch f.style {
	case nodeConsole, nodeJSON:
		language = "nodejs"
	case javaLog4j:
		language = "java"
	case goPlain:
		language = "provided"
	}
	choices := failures[language]
	if f.trouble == brokenByDeploy {
		return choices[0]
	}
	return choices[v.id[1]>>33%uint64(len(choices))]
}

// writeFailure writes the line that tells why an invocation failed.
func (f *function) writeFailure(b *logBuf, stream int32, v *invocation, r *rng) {
	end := v.end()
	switch v.outcome {
	case succeeded:
		return
	case timedOut:
		t := appendISO(b.text, end)
		t = append(t, ' ')
		t = v.appendID(t)
		t = append(t, " Task timed out after "...)
		t = appendCenti(t, f.timeoutMS/10)
		b.text = append(t, " seconds\n\n"...)
	case outOfMemory:
		t := append(b.text, "RequestId: "...)
		t = v.appendID(t)
		b.text = append(t, " Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"...)
	case failed:
		b.text = f.appendException(b.text, v, end)
	}
	b.add(stream, end)
}

func (f *function) appendException(t []byte, v *invocation, at int64) []byte {
	x := f.failure(v)
	switch f.style {
	case nodeConsole:
		t = appendISO(t, at)
		t = append(t, '\t')
		t = v.appendID(t)
		t = append(t, "\tERROR\tInvoke Error \t"...)
		t = append(x.appendJSON(t), '\n')
	case nodeJSON:
		t = append(t, `{"timestamp":"`...)
		t = appendISO(t, at)
		t = append(t, `","level":"ERROR","requestId":"`...)
		t = v.appendID(t)
		t = append(t, `","message":`...)
		t = append(x.appendJSON(t), '}')
	case goPlain:
		t = append(x.appendJSON(t), '\n')
	case javaLog4j:
		t = append(t, unescape(x.message)...)
		t = append(t, ": "...)
		t = append(t, x.kind...)
		t = append(t, '\n')
		t = append(t, x.kind...)
		t = append(t, ": "...)
		t = append(t, unescape(x.message)...)
		t = append(t, "\n\tat "...)
		t = append(t, x.function...)
		t = append(t, '(')
		t = append(t, x.source...)
		t = append(t, ':')
		t = appendInt(t, int64(x.line))
		t = append(t, ")\n\tat com.example.etl.Handler.handleRequest(Handler.java:52)\n\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(Unknown Source)\n"...)
	default:
		t = append(t, "[ERROR] "...)
		t = append(t, x.kind...)
		t = append(t, ": "...)
		t = append(t, x.message...)
		t = append(t, "\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 34, in lambda_handler\n    result = process(event)\n  File \"/var/task/"...)
		t = append(t, x.source...)
		t = append(t, "\", line "...)
		t = appendInt(t, int64(x.line))
		t = append(t, ", in "...)
		t = append(t, x.function...)
		t = append(t, '\n')
	}
	return t
}

// appendJSON appends the error object that runtimes return.
func (x failure) appendJSON(t []byte) []byte {
	t = append(t, `{"errorType":"`...)
	t = append(t, x.kind...)
	t = append(t, `","errorMessage":"`...)
	t = append(t, x.message...)
	t = append(t, `","stack":["`...)
	t = append(t, x.kind...)
	t = append(t, ": "...)
	t = append(t, x.message...)
	t = append(t, `","    at `...)
	t = append(t, x.function...)
	t = append(t, " ("...)
	t = append(t, x.source...)
	t = append(t, ':')
	t = appendInt(t, int64(x.line))
	return append(t, `:17)"]}`...)
}
