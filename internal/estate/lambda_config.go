package estate

import "encoding/base64"

// FunctionConfigGroup holds a record in the shape of Lambda's
// GetFunctionConfiguration for each function, in a stream named for the
// Region: one when history begins and one for each deploy.
const FunctionConfigGroup = "/skywatch/lambda/functions"

// functionConfigs is the source of FunctionConfigGroup.
type functionConfigs struct{ e *Estate }

// logs implements logSource.
func (c functionConfigs) logs(from, to int64, b *logBuf) {
	stream := b.stream(FunctionConfigGroup, c.e.cfg.Region)
	for _, f := range c.e.functions {
		if from <= c.e.start && c.e.start < to {
			b.text = f.appendConfig(b.text, c.e, f.lastDeploy(c.e.start))
			b.add(stream, c.e.start*minuteMillis)
		}
		for at := max(from, c.e.start+1); at < to; at++ {
			deploy := f.lastDeploy(at)
			if deploy < at { // skip to the next minute that can be a deploy
				next := f.nextDeploy(at)
				if next >= to {
					break
				}
				at, deploy = next, next
			}
			b.text = f.appendConfig(b.text, c.e, deploy)
			b.add(stream, at*minuteMillis)
		}
	}
}

// nextDeploy returns the first deploy after minute.
func (f *function) nextDeploy(minute int64) int64 {
	week := (minute + 3*minutesPerDay) / minutesPerWeek
	at := f.deployOf(week)
	if at <= minute {
		at = f.deployOf(week + 1)
	}
	if f.trouble == brokenByDeploy && f.since > minute {
		at = min(at, f.since)
	}
	return at
}

func (f *function) appendConfig(t []byte, e *Estate, deploy int64) []byte {
	h := hash3(f.key, saltDeploy, uint64(deploy)+7)
	var sha [32]byte
	for i := range sha {
		sha[i] = byte(hash2(h, uint64(i)))
	}
	t = append(t, `{"FunctionName":"`...)
	t = append(t, f.name...)
	t = append(t, `","FunctionArn":"arn:aws:lambda:`...)
	t = append(t, e.cfg.Region...)
	t = append(t, ':')
	t = append(t, e.cfg.Account...)
	t = append(t, ":function:"...)
	t = append(t, f.name...)
	t = append(t, `","Runtime":"`...)
	t = append(t, f.runtime.id...)
	t = append(t, `","Role":"arn:aws:iam::`...)
	t = append(t, e.cfg.Account...)
	t = append(t, ":role/"...)
	t = append(t, f.name...)
	t = append(t, `-role","Handler":"`...)
	t = append(t, f.runtime.handler...)
	t = append(t, `","CodeSize":`...)
	t = appendInt(t, int64(40_000+h%30_000_000))
	t = append(t, `,"Description":"","Timeout":`...)
	t = appendInt(t, f.timeoutMS/1000)
	t = append(t, `,"MemorySize":`...)
	t = appendInt(t, int64(f.memoryMB))
	t = append(t, `,"LastModified":"`...)
	t = appendISO(t, deploy*minuteMillis)
	t = t[:len(t)-1] // Lambda writes the zone as +0000
	t = append(t, `+0000","CodeSha256":"`...)
	t = base64.StdEncoding.AppendEncode(t, sha[:])
	t = append(t, `","Version":"$LATEST","TracingConfig":{"Mode":"`...)
	if f.traced {
		t = append(t, "Active"...)
	} else {
		t = append(t, "PassThrough"...)
	}
	t = append(t, `"},"RevisionId":"`...)
	t = appendUUID(t, h, mix(h))
	t = append(t, `","State":"Active","LastUpdateStatus":"Successful","PackageType":"Zip","Architectures":["arm64"],"EphemeralStorage":{"Size":512},"SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},"RuntimeVersionConfig":{"RuntimeVersionArn":"`...)
	t = append(t, f.runtimeARN...)
	t = append(t, `"},"LoggingConfig":{"LogFormat":"`...)
	if f.style == nodeJSON {
		t = append(t, "JSON"...)
	} else {
		t = append(t, "Text"...)
	}
	t = append(t, `","LogGroup":"`...)
	t = append(t, f.group...)
	return append(t, `"}}`...)
}
