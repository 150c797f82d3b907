package estate

import "math"

// bucket is an S3 bucket: what never changes about it.
type bucket struct {
	name       string
	key        uint64
	classes    []storageClass
	objectSize float64 // mean bytes
	growth     float64 // part per day
	load       *season
	perMinute  float64 // requests; 0 without request metrics
	accessLog  bool
	slowDown   float64 // part of requests answered 503
	filter     []Dimension
	objects    []Dimension
	requesters []string
	tail       string // the end of an access log record
}

type storageClass struct {
	dimensions []Dimension
	bytes      float64 // on the day of the anchor
}

// objectRequest is one request to a bucket: the facts that its access log line
// and the request metrics share.
type objectRequest struct {
	start  int64 // milliseconds
	op     operation
	status int
	bytes  int64 // of the body, sent or received
	total  int64 // milliseconds
	first  int64 // milliseconds to the first byte
	id     [2]uint64
}

type operation uint8

const (
	getObject operation = iota
	putObject
	headObject
	listBucket
	deleteObject
)

var operationNames = [...]struct{ log, method, metric string }{
	{"REST.GET.OBJECT", "GET", "GetRequests"},
	{"REST.PUT.OBJECT", "PUT", "PutRequests"},
	{"REST.HEAD.OBJECT", "HEAD", "HeadRequests"},
	{"REST.GET.BUCKET", "GET", "ListRequests"},
	{"REST.DELETE.OBJECT", "DELETE", "DeleteRequests"},
}

func (e *Estate) newBuckets(n int, eventsPerDay float64) {
	logged := 0
	for i := range n {
		name := numbered("acme-"+bucketPurposes[i%len(bucketPurposes)], i/len(bucketPurposes))
		k := &bucket{name: name, key: hashString(hashString(e.seed, "bucket"), name)}
		r := rng{hash2(k.key, saltShape)}
		k.requesters = requesters(e.cfg.Account)
		k.tail = ".s3." + e.cfg.Region + ".amazonaws.com TLSv1.3 - - " + e.cfg.Region
		total := math.Exp(r.between(math.Log(5e9), math.Log(6e13)))
		types := []string{"StandardStorage"}
		switch {
		case r.chance(0.3):
			types = append(types, "StandardIAStorage")
		case r.chance(0.3):
			types = append(types, "IntelligentTieringFAStorage", "IntelligentTieringIAStorage")
		case r.chance(0.3):
			types = append(types, "GlacierInstantRetrievalStorage", "DeepArchiveStorage")
		}
		for j, t := range types {
			part := 1 / float64(j+1)
			k.classes = append(k.classes, storageClass{[]Dimension{{"BucketName", name}, {"StorageType", t}}, total * part})
		}
		k.objectSize = math.Exp(r.between(math.Log(60e3), math.Log(40e6)))
		k.growth = r.between(-0.002, 0.012)
		k.load = pick(&r, []*season{businessHours, steadyLoad, nightlyBatch})
		k.filter = []Dimension{{"BucketName", name}, {"FilterId", "EntireBucket"}}
		k.objects = []Dimension{{"BucketName", name}, {"StorageType", "AllStorageTypes"}}
		if i%3 == 0 {
			k.perMinute = 1 / float64(i/3+2) // scaled below
			if i%6 == 0 && logged < 6 {
				k.accessLog = true
				logged++
			}
		}
		start := e.start * minuteMillis
		switch i {
		case 7:
			k.growth = 0.075
			e.incidents = append(e.incidents, Incident{"s3", name, "growth", start, 0, "Grows by more than half in a week."})
		case 12:
			k.slowDown = 0.04
			e.incidents = append(e.incidents, Incident{"s3", name, "errors", start, 0, "Four of a hundred requests are answered 503 SlowDown."})
		}
		e.buckets = append(e.buckets, k)
	}
	var weighted float64
	for _, k := range e.buckets {
		if k.accessLog {
			weighted += k.perMinute
		}
	}
	for _, k := range e.buckets {
		if weighted > 0 {
			k.perMinute *= eventsPerDay / weighted / minutesPerDay
		}
	}
}

// requests appends the requests that start in a minute, by start.
func (k *bucket) requests(dst []objectRequest, minute int64) []objectRequest {
	if k.perMinute == 0 {
		return dst
	}
	c := rng{hash3(k.key, saltCount, uint64(minute))}
	n := c.poisson(k.perMinute * k.load.at(minute))
	r := rng{hash3(k.key, saltFacts, uint64(minute))}
	for i := range n {
		q := objectRequest{status: 200}
		q.start = minute*minuteMillis + int64((float64(i)+r.float())*minuteMillis/float64(n))
		q.id = [2]uint64{r.next(), r.next()}
		switch p := r.intn(100); {
		case p < 58:
			q.op = getObject
		case p < 78:
			q.op = putObject
		case p < 90:
			q.op = headObject
		case p < 97:
			q.op = listBucket
		default:
			q.op, q.status = deleteObject, 204
		}
		if q.op == getObject || q.op == putObject {
			q.bytes = max(int64(k.objectSize*math.Exp(0.8*r.norm())), 1)
		} else if q.op == listBucket {
			q.bytes = 900 + int64(r.intn(180_000))
		}
		q.first = 6 + int64(40*r.float()*r.float())
		q.total = q.first + q.bytes/90_000 + int64(r.intn(6))
		switch p := r.float(); {
		case p < k.slowDown:
			q.status, q.bytes, q.total = 503, 380, q.first+1
		case p > 0.9985:
			q.status, q.bytes, q.total = 404, 310, q.first+1
		}
		dst = append(dst, q)
	}
	return dst
}

// s3Requests writes the request metrics of namespace AWS/S3.
type s3Requests struct{ buckets []*bucket }

// metrics implements metricSource.
func (s s3Requests) metrics(from, to int64, b *metricBuf) {
	b.use("AWS/S3")
	var run []objectRequest
	var down, up, first, total []float64
	for _, k := range s.buckets {
		for m := from; m < to; m++ {
			run = k.requests(run[:0], m)
			if len(run) == 0 {
				continue
			}
			down, up, first, total = down[:0], up[:0], first[:0], total[:0]
			var e4, e5 int
			var ops [len(operationNames)]int
			for i := range run {
				q := &run[i]
				ops[q.op]++
				first = append(first, float64(q.first))
				total = append(total, float64(q.total))
				switch {
				case q.op == putObject && q.status == 200:
					up = append(up, float64(q.bytes))
				case q.bytes > 0:
					down = append(down, float64(q.bytes))
				}
				switch q.status / 100 {
				case 4:
					e4++
				case 5:
					e5++
				}
			}
			ts := m * minuteMillis
			b.ones("AllRequests", k.filter, ts, len(run))
			for op, n := range ops {
				if n > 0 {
					b.ones(operationNames[op].metric, k.filter, ts, n)
				}
			}
			b.rate("4xxErrors", k.filter, ts, e4, len(run))
			b.rate("5xxErrors", k.filter, ts, e5, len(run))
			b.samples("BytesDownloaded", k.filter, "Bytes", ts, down)
			b.samples("BytesUploaded", k.filter, "Bytes", ts, up)
			b.samples("FirstByteLatency", k.filter, "Milliseconds", ts, first)
			b.samples("TotalRequestLatency", k.filter, "Milliseconds", ts, total)
		}
	}
}

// s3Storage writes the daily storage metrics, stamped at midnight UTC.
type s3Storage struct{ e *Estate }

// metrics implements metricSource.
func (s s3Storage) metrics(from, to int64, b *metricBuf) {
	b.use("AWS/S3")
	anchorDay := s.e.anchor / minutesPerDay
	for day := (from + minutesPerDay - 1) / minutesPerDay; day*minutesPerDay < to; day++ {
		ts := day * dayMillis
		for _, k := range s.e.buckets {
			factor := math.Pow(1+k.growth, float64(day-anchorDay))
			r := rng{hash3(k.key, saltSize, uint64(day))}
			var sum float64
			for _, c := range k.classes {
				bytes := math.Round(c.bytes * factor * r.between(0.998, 1.002))
				sum += bytes
				b.one("BucketSizeBytes", c.dimensions, "Bytes", ts, bytes)
			}
			b.one("NumberOfObjects", k.objects, "Count", ts, math.Round(sum/k.objectSize))
		}
	}
}
