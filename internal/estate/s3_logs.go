package estate

// s3AccessGroup is where the server access log of a bucket goes.
const s3AccessGroup = "/skywatch/s3/access/"

// logs implements logSource: one server access log record per request, in a
// stream per day.
func (k *bucket) logs(from, to int64, b *logBuf) {
	if !k.accessLog {
		return
	}
	var run []objectRequest
	day, stream := int64(-1), int32(0)
	owner := appendHex(nil, hash2(k.key, 1), 16)
	for i := range uint64(3) {
		owner = appendHex(owner, hash2(k.key, 2+i), 16)
	}
	for m := from; m < to; m++ {
		run = k.requests(run[:0], m)
		if len(run) > 0 && m/minutesPerDay != day {
			day = m / minutesPerDay
			stream = b.stream(s3AccessGroup+k.name, string(appendDate(nil, day*dayMillis, '-')))
		}
		for i := range run {
			b.text = k.appendRecord(b.text, &run[i], owner)
			b.add(stream, run[i].start)
		}
	}
}

// requesters are the principals that touch the buckets of an account.
func requesters(account string) []string {
	return []string{
		"arn:aws:sts::" + account + ":assumed-role/glue-etl-role/GlueJobRunnerSession",
		"arn:aws:sts::" + account + ":assumed-role/orders-ingest-role/orders-ingest",
		"arn:aws:iam::" + account + ":user/data-analyst",
		"arn:aws:sts::" + account + ":assumed-role/redshift-spectrum/RedshiftIamRoleSession",
	}
}

var s3Agents = []string{
	`"Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#5.10 md/arch#aarch64 lang/python#3.12.11 exec-env/AWS_Lambda_python3.12"`,
	`"aws-sdk-java/2.29.52 Linux/5.10 OpenJDK_64-Bit_Server_VM/17.0.16 Java/17 vendor/Amazon.com md/EMRFS"`,
	`"aws-sdk-go-v2/1.39.2 os/linux lang/go#1.25.1 api/s3#1.88.3"`,
	`"Athena/2.0"`,
}

// appendKey appends the object key of a request. A tenth of the keys gets most
// of the traffic.
func (q *objectRequest) appendKey(t []byte, r *rng) []byte {
	t = append(t, pick(r, tableNames)...)
	t = append(t, "/dt="...)
	t = appendDate(t, q.start-int64(r.intn(3))*dayMillis, '-')
	t = append(t, "/hour="...)
	t = appendPadded(t, int64(r.intn(24)), 2)
	t = append(t, "/part-"...)
	n := r.intn(400)
	if r.chance(0.7) {
		n %= 40
	}
	t = appendPadded(t, int64(n), 5)
	return append(t, ".snappy.parquet"...)
}

// appendRecord appends the 27 fields of a server access log record.
func (k *bucket) appendRecord(t []byte, q *objectRequest, owner []byte) []byte {
	r := rng{q.id[0] ^ saltText}
	var keyBuf [128]byte
	key := keyBuf[:0]
	if q.op == listBucket {
		key = append(key, '-')
	} else {
		key = q.appendKey(key, &r)
	}
	op := operationNames[q.op]
	t = append(t, owner...)
	t = append(t, ' ')
	t = append(t, k.name...)
	t = append(t, " ["...)
	t = appendCLFTime(t, q.start)
	t = append(t, "] 10."...)
	t = appendInt(t, int64(r.intn(4)))
	t = append(t, '.')
	t = appendInt(t, int64(r.intn(256)))
	t = append(t, '.')
	t = appendInt(t, int64(1+r.intn(254)))
	t = append(t, ' ')
	t = append(t, pick(&r, k.requesters)...)
	t = append(t, ' ')
	from := len(t)
	t = appendHex(t, q.id[0], 16)
	for i := from; i < len(t); i++ { // request ids are upper case
		if t[i] >= 'a' {
			t[i] -= 'a' - 'A'
		}
	}
	t = append(t, ' ')
	t = append(t, op.log...)
	t = append(t, ' ')
	t = append(t, key...)
	t = append(t, ` "`...)
	t = append(t, op.method...)
	t = append(t, " /"...)
	switch q.op {
	case listBucket:
		t = append(t, "?list-type=2&prefix="...)
		t = append(t, pick(&r, tableNames)...)
		t = append(t, "%2F&max-keys=1000"...)
	default:
		t = append(t, key...)
	}
	t = append(t, ` HTTP/1.1" `...)
	t = appendInt(t, int64(q.status))
	t = append(t, ' ')
	switch q.status {
	case 404:
		t = append(t, "NoSuchKey"...)
	case 503:
		t = append(t, "SlowDown"...)
	default:
		t = append(t, '-')
	}
	// Bytes sent, object size, total time, turn-around time.
	t = append(t, ' ')
	ok := q.status < 300
	if sent := q.op == getObject || q.op == listBucket || !ok; sent && q.bytes > 0 && q.op != headObject {
		t = appendInt(t, q.bytes)
	} else {
		t = append(t, '-')
	}
	t = append(t, ' ')
	if ok && (q.op == getObject || q.op == putObject) {
		t = appendInt(t, q.bytes)
	} else {
		t = append(t, '-')
	}
	t = append(t, ' ')
	t = appendInt(t, q.total)
	t = append(t, ' ')
	t = appendInt(t, q.first)
	t = append(t, ` "-" `...)
	t = append(t, pick(&r, s3Agents)...)
	t = append(t, " - "...)
	for range 7 {
		t = appendHex(t, r.next(), 10)
	}
	t = append(t, "Ab= SigV4 TLS_AES_128_GCM_SHA256 AuthHeader "...)
	t = append(t, k.name...)
	return append(t, k.tail...)
}
