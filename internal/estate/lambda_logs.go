package estate

// environment is the execution environment behind a slot at some minute.
type environment struct {
	begin  int64 // minute from which on it replaces the one before; identifies it
	stream int32
	warm   bool // has run before
}

// environmentAt returns the minute in which the environment that serves a slot
// at minute came into being. Slots are staggered, so that the environments of
// a function are not all replaced at once; a deploy replaces them all.
func (f *function) environmentAt(minute, slot int64) int64 {
	offset := slot*f.envMinutes/f.slots + int64(f.key>>1)%f.envMinutes
	begin := (minute+offset)/f.envMinutes*f.envMinutes - offset
	return max(begin, f.lastDeploy(minute))
}

// ranBefore says whether a slot had an invocation in [begin, minute).
func (f *function) ranBefore(begin, minute, slot int64) bool {
	for m := begin; m < minute; m++ {
		if n := f.count(m); n > 0 {
			first := f.slot(m, 0)
			if (slot-first+f.slots)%f.slots < int64(n) {
				return true
			}
		}
	}
	return false
}

// streamName returns the log stream of an environment:
// YYYY/MM/DD/[$LATEST]<32 hex digits>.
func (f *function) streamName(slot, begin int64) string {
	b := appendDate(make([]byte, 0, 64), begin*minuteMillis, '/')
	b = append(b, "/[$LATEST]"...)
	h := hash3(hash2(f.key, saltEnv), uint64(slot), uint64(begin))
	b = appendHex(b, h, 16)
	return string(appendHex(b, mix(h), 16))
}

// logs implements logSource.
func (f *function) logs(from, to int64, b *logBuf) {
	envs := make([]environment, f.slots)
	var run []invocation
	for m := from; m < to; m++ {
		run = f.invocations(run[:0], m)
		for i := range run {
			v := &run[i]
			env := &envs[v.slot]
			if begin := f.environmentAt(m, v.slot); env.begin != begin || !env.warm {
				*env = environment{begin: begin, stream: b.stream(f.group, f.streamName(v.slot, begin))}
				env.warm = f.ranBefore(begin, m, v.slot)
			}
			f.writeInvocation(b, env.stream, v, !env.warm)
			env.warm = true
		}
	}
}

// writeInvocation writes all lines of one invocation.
func (f *function) writeInvocation(b *logBuf, stream int32, v *invocation, first bool) {
	r := rng{v.id[0] ^ hash2(v.id[1], saltText)}
	var initTime int64 // hundredths of milliseconds
	if first {
		initTime = int64(f.runtime.init * r.between(0.75, 1.5) * 100)
		f.writeInit(b, stream, v.start-(initTime+99)/100)
		if !f.onDemand {
			initTime = 0
		}
	}
	if f.style == nodeJSON {
		b.text = append(b.text, `{"time":"`...)
		b.text = appendISO(b.text, v.start)
		b.text = append(b.text, `","type":"platform.start","record":{"requestId":"`...)
		b.text = v.appendID(b.text)
		b.text = append(b.text, `","version":"$LATEST"}}`...)
	} else {
		b.text = append(b.text, "START RequestId: "...)
		b.text = v.appendID(b.text)
		b.text = append(b.text, " Version: $LATEST\n"...)
	}
	b.add(stream, v.start)

	// Own lines are spread over the invocation.
	lines := int(f.appLines + r.float())
	length := v.end() - v.start
	for i := range lines {
		at := v.start + length*int64(2*i+1)/int64(2*lines+1)
		f.writeLine(b, stream, v, &r, at, i)
	}
	f.writeFailure(b, stream, v, &r)
	f.writeReport(b, stream, v, &r, initTime)
}

func (v *invocation) appendID(b []byte) []byte { return appendUUID(b, v.id[0], v.id[1]) }

func (f *function) writeInit(b *logBuf, stream int32, at int64) {
	if f.style == nodeJSON {
		b.text = append(b.text, `{"time":"`...)
		b.text = appendISO(b.text, at)
		b.text = append(b.text, `","type":"platform.initStart","record":{"initializationType":"`...)
		if f.onDemand {
			b.text = append(b.text, "on-demand"...)
		} else {
			b.text = append(b.text, "provisioned-concurrency"...)
		}
		b.text = append(b.text, `","phase":"init","runtimeVersion":"`...)
		b.text = append(b.text, f.runtime.version...)
		b.text = append(b.text, `","runtimeVersionArn":"`...)
		b.text = append(b.text, f.runtimeARN...)
		b.text = append(b.text, `","functionName":"`...)
		b.text = append(b.text, f.name...)
		b.text = append(b.text, `","functionVersion":"$LATEST"}}`...)
	} else {
		b.text = append(b.text, "INIT_START Runtime Version: "...)
		b.text = append(b.text, f.runtime.version...)
		b.text = append(b.text, "\tRuntime Version ARN: "...)
		b.text = append(b.text, f.runtimeARN...)
		b.text = append(b.text, '\n')
	}
	b.add(stream, at)
}

// writeReport writes END and REPORT, or platform.report.
func (f *function) writeReport(b *logBuf, stream int32, v *invocation, r *rng, initTime int64) {
	end := v.end()
	status, errorType := "", ""
	switch v.outcome {
	case timedOut:
		status = "timeout"
	case outOfMemory:
		status, errorType = "error", "Runtime.OutOfMemory"
	case failed:
		if f.newStatus {
			status, errorType = "error", f.failure(v).kind
		}
	}
	if f.style == nodeJSON {
		f.writeJSONReport(b, stream, v, initTime, errorType)
		return
	}
	t := append(b.text, "END RequestId: "...)
	t = v.appendID(t)
	b.text = append(t, '\n')
	b.add(stream, end)

	t = append(b.text, "REPORT RequestId: "...)
	t = v.appendID(t)
	t = append(t, "\tDuration: "...)
	t = appendCenti(t, v.duration)
	t = append(t, " ms\tBilled Duration: "...)
	t = appendInt(t, v.billed())
	t = append(t, " ms\tMemory Size: "...)
	t = appendInt(t, int64(f.memoryMB))
	t = append(t, " MB\tMax Memory Used: "...)
	t = appendInt(t, int64(v.memoryMB))
	t = append(t, " MB\t"...)
	if initTime > 0 {
		t = append(t, "Init Duration: "...)
		t = appendCenti(t, initTime)
		t = append(t, " ms\t"...)
	}
	if status != "" {
		t = append(t, "Status: "...)
		t = append(t, status...)
		t = append(t, '\t')
	}
	if errorType != "" {
		t = append(t, "Error Type: "...)
		t = append(t, errorType...)
		t = append(t, '\t')
	}
	t = append(t, '\n')
	if f.traced {
		t = append(t, "XRAY TraceId: 1-"...)
		t = appendHex(t, uint64(v.start/1000), 8)
		t = append(t, '-')
		t = appendHex(t, r.next(), 12)
		t = appendHex(t, r.next(), 12)
		t = append(t, "\tSegmentId: "...)
		t = appendHex(t, r.next(), 16)
		t = append(t, "\tSampled: true\t\n"...)
	}
	b.text = t
	b.add(stream, end)
}

func (f *function) writeJSONReport(b *logBuf, stream int32, v *invocation, initTime int64, errorType string) {
	t := append(b.text, `{"time":"`...)
	t = appendISO(t, v.end())
	t = append(t, `","type":"platform.report","record":{"requestId":"`...)
	t = v.appendID(t)
	t = append(t, `","metrics":{"durationMs":`...)
	t = appendCenti(t, v.duration)
	t = append(t, `,"billedDurationMs":`...)
	t = appendInt(t, v.billed())
	t = append(t, `,"memorySizeMB":`...)
	t = appendInt(t, int64(f.memoryMB))
	t = append(t, `,"maxMemoryUsedMB":`...)
	t = appendInt(t, int64(v.memoryMB))
	if initTime > 0 {
		t = append(t, `,"initDurationMs":`...)
		t = appendCenti(t, initTime)
	}
	switch v.outcome {
	case succeeded:
		t = append(t, `},"status":"success"}}`...)
	case timedOut:
		t = append(t, `},"status":"timeout"}}`...)
	default:
		t = append(t, `},"status":"error","errorType":"`...)
		if errorType == "" {
			errorType = "Error"
		}
		t = append(t, errorType...)
		t = append(t, `"}}`...)
	}
	b.text = t
	b.add(stream, v.end())
}
