package estate

import "math"

// api is a REST API of API Gateway with one stage.
type api struct {
	name, id   string
	key        uint64
	routes     []route
	load       *season
	perMinute  float64
	executions bool  // has execution logs as well
	brokenFrom int64 // minute from which the first route answers 5xx; 0 is never
	slowRoute  bool  // the last route now and then takes very long
	byName     []Dimension
	byStage    []Dimension
}

type route struct {
	method, path string
	medianMS     float64
}

// request is one request to an API: the facts that its lines and metrics share.
type request struct {
	start       int64 // milliseconds
	route       int
	status      int
	latency     int64 // milliseconds
	integration int64 // milliseconds; 0 when the integration was not reached
	id          [2]uint64
}

const (
	stage              = "prod"
	linesPerExecution  = 13
	accessLogGroupForm = "/aws/apigateway/"
)

var resourcePaths = []string{"/orders", "/orders/{id}", "/customers/{id}", "/items", "/items/{id}", "/upload", "/status", "/search", "/batch", "/reports/{id}"}

func (e *Estate) newAPIs(n int, eventsPerDay float64) {
	var weighted float64
	weight := func(i int) float64 { return 1 / float64(i+2) }
	for i := range n {
		name := numbered(apiNames[i%len(apiNames)], i/len(apiNames))
		a := &api{name: name, key: hashString(hashString(e.seed, "api"), name)}
		r := rng{hash2(a.key, saltShape)}
		const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
		for range 10 {
			a.id += string(letters[r.intn(len(letters))])
		}
		first := r.intn(len(resourcePaths))
		for k := range 4 {
			a.routes = append(a.routes, route{
				[]string{"GET", "POST", "GET", "PUT"}[k],
				resourcePaths[(first+3*k)%len(resourcePaths)],
				r.between(20, 260),
			})
		}
		a.load = pick(&r, []*season{businessHours, businessHours, steadyLoad})
		a.byName = []Dimension{{"ApiName", name}}
		a.byStage = []Dimension{{"ApiName", name}, {"Stage", stage}}
		lines := 1.0
		if i == n-1 {
			a.executions = true
			lines += linesPerExecution
		}
		weighted += weight(i) * lines
		switch i {
		case 1:
			a.brokenFrom = e.anchor - route5xxAgo
			broken := a.routes[0].method + " " + a.routes[0].path
			e.incidents = append(e.incidents,
				Incident{"apigateway", name, "errors5xx", a.brokenFrom * minuteMillis, 0, broken + " answers 502 and 504 to many requests."},
				Incident{"apigateway", name, "latencyHigh", a.brokenFrom * minuteMillis, 0, broken + " answers 504 only after 29 seconds."})
		case 4:
			a.slowRoute = true
			e.incidents = append(e.incidents, Incident{"apigateway", name, "latencyHigh", e.start * minuteMillis, 0,
				a.routes[3].method + " " + a.routes[3].path + " now and then takes six seconds and more."})
		}
		e.apis = append(e.apis, a)
	}
	for i, a := range e.apis {
		a.perMinute = eventsPerDay * weight(i) / weighted / minutesPerDay
	}
}

// requests appends the requests that start in a minute, by start.
func (a *api) requests(dst []request, minute int64) []request {
	c := rng{hash3(a.key, saltCount, uint64(minute))}
	n := c.poisson(a.perMinute * a.load.at(minute))
	r := rng{hash3(a.key, saltFacts, uint64(minute))}
	for k := range n {
		q := request{status: 200}
		q.start = minute*minuteMillis + int64((float64(k)+r.float())*minuteMillis/float64(n))
		q.id = [2]uint64{r.next(), r.next()}
		q.route = r.intn(len(a.routes))
		ms := a.routes[q.route].medianMS * math.Exp(0.45*r.norm())
		switch p := r.float(); {
		case p < 0.012:
			q.status = 404
		case p < 0.018:
			q.status = 400
		case p < 0.021:
			q.status, ms = 403, 0
		case a.brokenFrom > 0 && minute >= a.brokenFrom && q.route == 0 && p < 0.45:
			q.status, ms = 502, 60+ms
			if p < 0.15 {
				q.status, ms = 504, 29_000
			}
		case p < 0.0215 && a.perMinute > 5:
			q.status = 500
		case a.slowRoute && q.route == 3 && p > 0.85:
			ms = r.between(6_000, 9_500)
		case a.routes[q.route].method == "POST" && p > 0.5:
			q.status = 201
		}
		if ms > 0 {
			q.integration = max(int64(ms), 3)
		}
		q.latency = q.integration + 2 + int64(r.intn(12))
		dst = append(dst, q)
	}
	return dst
}

// apiMetrics writes namespace AWS/ApiGateway for all APIs.
type apiMetrics struct{ apis []*api }

// metrics implements metricSource.
func (s apiMetrics) metrics(from, to int64, b *metricBuf) {
	b.use("AWS/ApiGateway")
	var run []request
	var latency, integration []float64
	for _, a := range s.apis {
		for m := from; m < to; m++ {
			run = a.requests(run[:0], m)
			if len(run) == 0 {
				continue
			}
			latency, integration = latency[:0], integration[:0]
			var e4, e5 int
			for i := range run {
				latency = append(latency, float64(run[i].latency))
				if run[i].integration > 0 {
					integration = append(integration, float64(run[i].integration))
				}
				switch run[i].status / 100 {
				case 4:
					e4++
				case 5:
					e5++
				}
			}
			ts := m * minuteMillis
			for _, d := range [][]Dimension{a.byName, a.byStage} {
				b.ones("Count", d, ts, len(run))
				b.rate("4XXError", d, ts, e4, len(run))
				b.rate("5XXError", d, ts, e5, len(run))
				b.samples("Latency", d, "Milliseconds", ts, latency)
				b.samples("IntegrationLatency", d, "Milliseconds", ts, integration)
			}
		}
	}
}
