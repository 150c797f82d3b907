package estate

// accessGroup returns the log group of the access log.
func (a *api) accessGroup() string { return accessLogGroupForm + a.name + "-access" }

// executionGroup returns the log group of the execution log.
func (a *api) executionGroup() string { return "API-Gateway-Execution-Logs_" + a.id + "/" + stage }

// streamName returns an opaque stream name, a new one each day.
func (a *api) streamName(day int64, salt uint64) string {
	h := hash3(a.key, saltEnv+salt<<8, uint64(day))
	return string(appendHex(appendHex(nil, h, 16), mix(h), 16))
}

// logs implements logSource.
func (a *api) logs(from, to int64, b *logBuf) {
	var run []request
	day := int64(-1)
	var access, execution int32
	for m := from; m < to; m++ {
		run = a.requests(run[:0], m)
		if len(run) > 0 && m/minutesPerDay != day {
			day = m / minutesPerDay
			access = b.stream(a.accessGroup(), a.streamName(day, 0))
			if a.executions {
				execution = b.stream(a.executionGroup(), a.streamName(day, 1))
			}
		}
		for i := range run {
			q := &run[i]
			b.text = a.appendAccess(b.text, q)
			b.add(access, q.start+q.latency)
			if a.executions {
				a.writeExecution(b, execution, q)
			}
		}
	}
}

// concretePath appends the path of a request, its {id} filled in.
func (a *api) concretePath(t []byte, q *request) []byte {
	path := a.routes[q.route].path
	for i := range len(path) {
		if path[i] == '{' {
			return appendInt(t, int64(q.id[1]%1_000_000))
		}
		t = append(t, path[i])
	}
	return t
}

// appendAccess appends one access log line: the JSON template that holds all
// that the standard metrics need. Every value is quoted, as REST APIs demand.
func (a *api) appendAccess(t []byte, q *request) []byte {
	r := rng{q.id[0] ^ saltText}
	t = append(t, `{"requestId":"`...)
	t = appendUUID(t, q.id[0], q.id[1])
	t = append(t, `","extendedRequestId":"`...)
	t = appendExtendedID(t, q)
	t = append(t, `","ip":"`...)
	t = appendIP(t, r.next())
	t = append(t, `","requestTime":"`...)
	t = appendCLFTime(t, q.start)
	t = append(t, `","requestTimeEpoch":"`...)
	t = appendInt(t, q.start)
	t = append(t, `","apiId":"`...)
	t = append(t, a.id...)
	t = append(t, `","stage":"`+stage+`","httpMethod":"`...)
	t = append(t, a.routes[q.route].method...)
	t = append(t, `","resourcePath":"`...)
	t = append(t, a.routes[q.route].path...)
	t = append(t, `","path":"/`+stage...)
	t = a.concretePath(t, q)
	t = append(t, `","status":"`...)
	t = appendInt(t, int64(q.status))
	t = append(t, `","protocol":"HTTP/1.1","responseLength":"`...)
	t = appendInt(t, int64(40+r.intn(9000)))
	t = append(t, `","responseLatency":"`...)
	t = appendInt(t, q.latency)
	t = append(t, `","integrationLatency":"`...)
	if q.integration == 0 {
		t = append(t, `-","integrationStatus":"-`...)
	} else {
		t = appendInt(t, q.integration)
		t = append(t, `","integrationStatus":"`...)
		t = appendInt(t, int64(q.status))
	}
	t = append(t, `","userAgent":"`...)
	t = append(t, pick(&r, userAgents)...)
	t = append(t, `","errorMessage":"`...)
	t = append(t, gatewayError(q.status)...)
	return append(t, `"}`...)
}

func gatewayError(status int) string {
	switch status {
	case 403:
		return "Forbidden"
	case 502:
		return "Internal server error"
	case 504:
		return "Endpoint request timed out"
	}
	return "-"
}

func appendExtendedID(t []byte, q *request) []byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz012345678901"
	h := mix(q.id[0])
	for range 10 {
		t = append(t, letters[h&63])
		h >>= 6
	}
	return append(t, "EFQoAMFdg="[:6]...)
}

var userAgents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
	"python-requests/2.32.3", "okhttp/4.12.0", "Go-http-client/2.0", "axios/1.7.9", "curl/8.9.1",
}

// writeExecution writes the execution log of a request at level INFO.
func (a *api) writeExecution(b *logBuf, stream int32, q *request) {
	rt := a.routes[q.route]
	line := func(at int64, parts ...string) {
		b.text = append(b.text, '(')
		b.text = appendUUID(b.text, q.id[0], q.id[1])
		b.text = append(b.text, ") "...)
		for _, p := range parts {
			b.text = append(b.text, p...)
		}
		b.add(stream, at)
	}
	start, end := q.start, q.start+q.latency
	id := string(appendUUID(nil, q.id[0], q.id[1]))
	number := func(n int64) string { return string(appendInt(nil, n)) }
	line(start, "Extended Request Id: ", string(appendExtendedID(nil, q)))
	line(start, "Verifying Usage Plan for request: ", id, ". API Key:  API Stage: ", a.id, "/", stage)
	line(start, "API Key authorized because method '", rt.method, " ", rt.path, "' does not require API Key. Request will not contribute to throttle or quota limits")
	line(start, "Usage Plan check succeeded for API Key  and API Stage ", a.id, "/", stage)
	line(start, "Starting execution for request: ", id)
	line(start, "HTTP Method: ", rt.method, ", Resource Path: ", rt.path)
	if q.integration == 0 {
		line(end, "Unauthorized request: ", id)
	} else {
		host := "https://lambda.amazonaws.com/2015-03-31/functions/" + a.name + "/invocations"
		line(start+1, "Method request path: {id=", number(int64(q.id[1]%1_000_000)), "}")
		line(start+1, "Endpoint request URI: ", host)
		line(start+2, "Sending request to ", host)
		line(start+2+q.integration, "Received response. Status: ", number(int64(q.status)), ", Integration latency: ", number(q.integration), " ms")
		line(end, "Method response headers: {Content-Type=application/json, X-Amzn-Trace-Id=Root=1-", string(appendHex(nil, uint64(start/1000), 8)), "-", string(appendHex(nil, q.id[0], 12)), string(appendHex(nil, q.id[1], 12)), "}")
	}
	if q.status >= 500 {
		line(end, "Execution failed due to configuration error: Malformed Lambda proxy response")
	} else if q.integration > 0 {
		line(end, "Successfully completed execution")
	}
	line(end, "Method completed with status: ", number(int64(q.status)))
}
