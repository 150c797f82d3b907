"""The script this product was made for, as a data team writes it against
CloudWatch: find the newest REPORT lines with a Logs Insights query, cut the
memory figure out of the text, and put it back as a custom metric.

Usage: mission.py ENDPOINT [FUNCTION]. Prints "ok" after every step held.
"""

import datetime
import sys
import time
import uuid

import boto3
from botocore.config import Config

endpoint = sys.argv[1]
common = dict(
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
    config=Config(retries={"max_attempts": 1}),
)
logs = boto3.client("logs", **common)
cloudwatch = boto3.client("cloudwatch", **common)

function = sys.argv[2] if len(sys.argv) > 2 else "mission-" + uuid.uuid4().hex[:8]
group = "/aws/lambda/" + function
stream = "2026/01/01/[$LATEST]" + uuid.uuid4().hex

# --- A Lambda log, as the service writes it -------------------------------
try:
    logs.create_log_group(logGroupName=group)
except logs.exceptions.ResourceAlreadyExistsException:
    pass
logs.create_log_stream(logGroupName=group, logStreamName=stream)
now = int(time.time() * 1000)
events, used = [], []
for i in range(8):
    rid, mem, t = str(uuid.uuid4()), 70 + 3 * i, now - (8 - i) * 60_000
    used.append(mem)
    events += [
        dict(timestamp=t, message="START RequestId: %s Version: $LATEST\n" % rid),
        dict(timestamp=t + 5, message="[INFO]\t2026-01-01T00:00:00.000Z\t%s\tloaded %d rows\n" % (rid, 100 * i)),
        dict(timestamp=t + 30, message="END RequestId: %s\n" % rid),
        dict(
            timestamp=t + 31,
            message="REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: 128 MB\tMax Memory Used: %d MB\t\n"
            % (rid, 20.5 + i, 21 + i, mem),
        ),
    ]
put = logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
assert "rejectedLogEventsInfo" not in put, put

# --- The script itself -------------------------------------------------------
query = "fields @timestamp, @message | filter @message like /Memory/ | sort @timestamp desc | limit 5"
start_query = logs.start_query(
    logGroupName=group,
    startTime=int((datetime.datetime.now() - datetime.timedelta(days=1)).timestamp()),
    endTime=int(datetime.datetime.now().timestamp()),
    queryString=query,
)
query_id = start_query["queryId"]
response = None
deadline = time.time() + 20
while response is None or response["status"] in ("Running", "Scheduled"):
    assert time.time() < deadline, response
    time.sleep(0.05)
    response = logs.get_query_results(queryId=query_id)
assert response["status"] == "Complete", response
assert len(response["results"]) == 5, response["results"]

found = []
for result in response["results"]:
    assert [c["field"] for c in result] == ["@timestamp", "@message", "@ptr"], result
    stamp = result[0]["value"]
    for part in result[1]["value"].split("\t"):
        if "Max Memory Used" in part:
            memory = int(part.split(":")[1].strip().split(" ")[0])
            cloudwatch.put_metric_data(
                Namespace="CUSTOM-METRIC",
                MetricData=[
                    {
                        "MetricName": "LambdaMemoryUsage",
                        "Dimensions": [{"Name": "LambdaName", "Value": function}],
                        "Unit": "Megabytes",
                        "Value": memory,
                        "Timestamp": stamp,
                    }
                ],
            )
            found.append((stamp, memory))
assert [m for _, m in found] == sorted(used[-5:], reverse=True), (found, used)

# --- And back out ------------------------------------------------------------
stats = cloudwatch.get_metric_statistics(
    Namespace="CUSTOM-METRIC",
    MetricName="LambdaMemoryUsage",
    Dimensions=[{"Name": "LambdaName", "Value": function}],
    StartTime=datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=23),  # 1,440 minutes at most
    EndTime=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1),
    Period=60,
    Statistics=["Maximum", "SampleCount"],
    Unit="Megabytes",
)
points = {p["Timestamp"].strftime("%Y-%m-%d %H:%M"): p for p in stats["Datapoints"]}
assert stats["Label"] == "LambdaMemoryUsage", stats
for stamp, memory in found:
    p = points[stamp[:16]]
    assert p["Maximum"] == memory and p["Unit"] == "Megabytes", (stamp, memory, p)

listed = cloudwatch.list_metrics(Namespace="CUSTOM-METRIC", Dimensions=[{"Name": "LambdaName", "Value": function}])["Metrics"]
assert [m["MetricName"] for m in listed] == ["LambdaMemoryUsage"], listed

# --- What the script was needed for is there without it -------------------------
free = cloudwatch.get_metric_statistics(
    Namespace="Skywatch/Lambda",
    MetricName="MemoryUsed",
    Dimensions=[{"Name": "FunctionName", "Value": function}],
    StartTime=datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1),
    EndTime=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1),
    Period=3600,
    ExtendedStatistics=["p50", "p99"],
)["Datapoints"]
assert free and all(70 <= p["ExtendedStatistics"]["p50"] <= 91 for p in free), free

# --- Errors as CloudWatch gives them ----------------------------------------------
def code(call, **kw):
    try:
        call(**kw)
    except Exception as e:  # botocore.exceptions.ClientError
        return e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError("call succeeded: %r" % (kw,))

assert code(logs.get_log_events, logGroupName="/no/such", logStreamName="x") == ("ResourceNotFoundException", 400)
assert code(logs.create_log_group, logGroupName=group) == ("ResourceAlreadyExistsException", 400)
assert code(logs.start_query, logGroupName=group, startTime=0, endTime=1, queryString="fields @message | frobnicate")[0] == "MalformedQueryException"
assert code(
    cloudwatch.put_metric_data,
    Namespace="X",
    MetricData=[{"MetricName": "m", "Value": 1.0, "Unit": "Fortnights"}],
) == ("InvalidParameterValue", 400)
got = code(
    cloudwatch.get_metric_statistics,
    Namespace="X", MetricName="m", Period=60, Statistics=["Sum"],
    StartTime=datetime.datetime(2026, 1, 2), EndTime=datetime.datetime(2026, 1, 1),
)
assert got == ("InvalidParameterValue", 400) or got == ("InvalidParameterCombination", 400), got
try:
    logs.start_query(logGroupName=group, startTime=0, endTime=1, queryString="fields @message | frobnicate")
except logs.exceptions.MalformedQueryException as e:
    assert e.response["queryCompileError"]["location"]["startCharOffset"] == 18, e.response

# --- Reading events ------------------------------------------------------------------
page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, limit=10)
assert len(page["events"]) == 10
seen = list(page["events"])
while True:
    nxt = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, limit=10, nextToken=page["nextForwardToken"])
    seen += nxt["events"]
    if nxt["nextForwardToken"] == page["nextForwardToken"]:
        break
    page = nxt
assert [e["message"] for e in seen] == [e["message"] for e in events]
hits = []
for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern='"Max Memory Used"', logStreamNames=[stream]):
    hits += page["events"]
assert len(hits) == 8 and all("REPORT" in e["message"] for e in hits), len(hits)

print("ok boto3", boto3.__version__)
