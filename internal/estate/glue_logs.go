package estate

import "strconv"

// Log groups of Glue jobs. The first two are Glue's own; JobRunGroup holds a
// record in the shape of Glue's GetJobRuns for each run that ended, in a
// stream named for the Region.
const (
	glueOutputGroup = "/aws-glue/jobs/output"
	glueErrorGroup  = "/aws-glue/jobs/error"
	JobRunGroup     = "/skywatch/glue/job-runs"
)

// linesPerRun is the mean number of events of a run, its record included.
const linesPerRun = 84

// logs implements logSource: what Glue 5.0 writes, Spark's own lines to the
// error group and the script's output and the progress bar to the output group.
func (j *job) logs(from, to int64, b *logBuf) {
	j.eachRun(from, to, func(run *jobRun) { j.writeRun(b, run) })
}

func (j *job) writeRun(b *logBuf, run *jobRun) {
	r := rng{run.textSeed}
	spark := b.stream(glueErrorGroup, run.id+"-driver")
	output := b.stream(glueOutputGroup, run.id+"-driver")
	bar := b.stream(glueOutputGroup, run.id+"-progress-bar")
	at := run.begun
	say := func(level, class string) {
		t := appendDate(b.text, at, '/')
		copy(t[len(b.text):], t[len(b.text)+2:]) // two digits of the year
		t = append(t[:len(t)-2], ' ')
		t = appendClock(t, at)
		t = append(t, ' ')
		t = append(t, level...)
		t = append(t, ' ')
		t = append(t, class...)
		b.text = append(t, ": "...)
	}
	line := func(level, class, text string, numbers ...int64) {
		say(level, class)
		b.text = appendFilled(b.text, text, numbers)
		b.add(spark, at)
	}
	print := func(text string, numbers ...int64) {
		b.text = appendFilled(b.text, text, numbers)
		b.text = append(b.text, '\n')
		b.add(output, at)
	}
	line("INFO", "SparkContext", "Running Spark version 3.5.4-amzn-0")
	line("INFO", "ResourceUtils", "No custom resources configured for spark.driver.")
	line("INFO", "SparkContext", "Submitted application: "+j.name)
	line("INFO", "SecurityManager", "Changing view acls to: spark")
	line("INFO", "Utils", "Successfully started service 'sparkDriver' on port #.", 34000+int64(r.intn(9000)))
	line("INFO", "SparkEnv", "Registering MapOutputTracker")
	line("INFO", "MemoryStore", "MemoryStore started with capacity # MiB", 5800+int64(r.intn(200)))
	line("INFO", "JESSchedulerBackend", "JESSchedulerBackend::start")
	print("Starting "+j.name+" run "+run.id+" with # workers", int64(j.workers))
	for i := range j.workers - 1 {
		line("INFO", "ExecutorTaskManagement", "executor task # created", int64(i+1))
	}
	stages := 3 + r.intn(3)
	length := run.ended - run.begun
	task := int64(0)
	for s := range stages {
		began := run.begun + length*int64(s)/int64(stages)
		tasks := int64(8 + r.intn(200))
		at = began
		line("INFO", "DAGScheduler", "Submitting # missing tasks from ShuffleMapStage # (MapPartitionsRDD[#] at parquet at NativeMethodAccessorImpl.java:0)", tasks, int64(s), int64(3*s+2))
		line("INFO", "TaskSchedulerImpl", "Adding task set #.0 with # tasks resource profile 0", int64(s), tasks)
		for i := range 8 {
			at = began + length*int64(i+1)/int64(stages*10)
			task++
			line("INFO", "TaskSetManager", "Finished task #.0 in stage #.0 (TID #) in # ms on 172.34.#.# (executor #) (#/#)",
				int64(i), int64(s), task, int64(80+r.intn(9000)), int64(r.intn(250)), int64(r.intn(250)), int64(1+r.intn(max(j.workers-1, 1))), int64(i+1)*tasks/9, tasks)
			if i%3 == 1 {
				done := int64(i+1) * tasks / 9
				b.text = appendFilled(b.text, "[Stage # (parquet at NativeMethodAccessorImpl.java:0):", []int64{int64(s)})
				for range i + 2 {
					b.text = append(b.text, '=')
				}
				b.text = appendFilled(b.text, "> (# + #) / #]", []int64{done, int64(j.workers - 1), tasks})
				b.add(bar, at)
			}
		}
		if !run.failed || s < stages-1 {
			line("INFO", "DAGScheduler", "ShuffleMapStage # (parquet at NativeMethodAccessorImpl.java:0) finished in #.# s", int64(s), length/int64(stages)/1000, int64(r.intn(10)))
			print("stage # done: # rows in # ms", int64(s), run.records/int64(stages), length/int64(stages))
		}
	}
	at = run.ended - 200
	if run.failed {
		line("WARN", "TaskSetManager", "Lost task 3.0 in stage #.0 (TID #) (172.34.#.# executor 1): TaskKilled (Stage cancelled)", int64(stages-1), task, int64(r.intn(250)), int64(r.intn(250)))
		say("ERROR", "ProcessLauncher")
		b.text = append(b.text, "Error from Python:Traceback (most recent call last):"...)
		b.add(spark, at)
		for _, s := range []string{
			"  File \"/tmp/" + j.name + ".py\", line 87, in <module>",
			"    frame = transform(source)",
			"  File \"/opt/amazon/spark/python/lib/pyspark.zip/pyspark/sql/dataframe.py\", line 3229, in select",
			"    jdf = self._jdf.select(self._jcols(*cols))",
			"pyspark.errors.exceptions.captured." + j.errorMessage(),
		} {
			b.text = append(b.text, s...)
			b.add(spark, at)
		}
		line("INFO", "ProcessLauncher", "ExceptionErrorMessage failureReason: "+j.errorMessage())
		print("job failed after # s", length/1000)
	} else {
		print("processed # rows in #.# s, # bytes read", run.records, length/1000, length%1000/100, run.bytes)
		line("INFO", "GlueContext", "job committed: # records", run.records)
	}
	line("INFO", "SparkContext", "SparkContext is stopping with exitCode #.", int64(map[bool]int{true: 1}[run.failed]))
	line("INFO", "MemoryStore", "MemoryStore cleared")
	line("INFO", "ShutdownHookManager", "Shutdown hook called")
}

// appendFilled appends a text with each # replaced by the next number.
func appendFilled(t []byte, text string, numbers []int64) []byte {
	for i := range len(text) {
		if text[i] == '#' && len(numbers) > 0 {
			t = appendInt(t, numbers[0])
			numbers = numbers[1:]
			continue
		}
		t = append(t, text[i])
	}
	return t
}

// jobRuns is the source of JobRunGroup: the runs that start in the minutes
// asked for, each at the time of its end.
type jobRuns struct{ e *Estate }

// logs implements logSource.
func (s jobRuns) logs(from, to int64, b *logBuf) {
	stream := b.stream(JobRunGroup, s.e.cfg.Region)
	for _, j := range s.e.jobs {
		j.eachRun(from, to, func(run *jobRun) {
			b.text = j.appendRecord(b.text, run)
			b.add(stream, run.ended)
		})
	}
}

// appendEpoch appends milliseconds as seconds with a fraction, as the AWS
// JSON protocol writes times.
func appendEpoch(t []byte, ms int64) []byte {
	t = appendInt(t, ms/1000)
	t = append(t, '.')
	return appendPadded(t, ms%1000, 3)
}

func (j *job) appendRecord(t []byte, run *jobRun) []byte {
	t = append(t, `{"Id":"`...)
	t = append(t, run.id...)
	t = append(t, `","Attempt":0,"TriggerName":"`...)
	t = append(t, j.name...)
	t = append(t, `-schedule","JobName":"`...)
	t = append(t, j.name...)
	t = append(t, `","JobMode":"SCRIPT","JobRunQueuingEnabled":false,"StartedOn":`...)
	t = appendEpoch(t, run.started)
	t = append(t, `,"LastModifiedOn":`...)
	t = appendEpoch(t, run.ended)
	t = append(t, `,"CompletedOn":`...)
	t = appendEpoch(t, run.ended)
	if run.failed {
		t = append(t, `,"JobRunState":"FAILED","ErrorMessage":`...)
		t = strconv.AppendQuote(t, j.errorMessage())
	} else {
		t = append(t, `,"JobRunState":"SUCCEEDED"`...)
	}
	t = append(t, `,"PredecessorRuns":[],"AllocatedCapacity":`...)
	t = appendInt(t, int64(float64(j.workers)*j.dpu))
	t = append(t, `,"ExecutionTime":`...)
	t = appendInt(t, (run.ended-run.begun)/1000)
	t = append(t, `,"Timeout":480,"MaxCapacity":`...)
	t = strconv.AppendFloat(t, float64(j.workers)*j.dpu, 'f', 1, 64)
	t = append(t, `,"WorkerType":"`...)
	t = append(t, j.workerType...)
	t = append(t, `","NumberOfWorkers":`...)
	t = appendInt(t, int64(j.workers))
	return append(t, `,"LogGroupName":"/aws-glue/jobs","GlueVersion":"5.0","ExecutionClass":"STANDARD"}`...)
}
