"""A live tail with boto3: events that are put while it runs arrive, sampled
beyond 500 a second, and errors are typed.

Usage: livetail.py ENDPOINT. Prints "ok" after every step held.
"""

import sys
import time

import boto3
from botocore.config import Config

logs = boto3.client(
    "logs",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
    # Without it the host would be stream-127.0.0.1.
    config=Config(retries={"max_attempts": 1}, inject_host_prefix=False),
)
group, stream = "/live/boto3", "s"
logs.create_log_group(logGroupName=group)
logs.create_log_stream(logGroupName=group, logStreamName=stream)
arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupArn"]


def put(*messages):
    now = int(time.time() * 1000)
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[dict(timestamp=now, message=m) for m in messages])


response = logs.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="-quiet")
events = iter(response["responseStream"])
start = next(events)["sessionStart"]
assert start["logGroupIdentifiers"] == [arn] and start["logEventFilterPattern"] == "-quiet" and start["sessionId"], start
put("first ü", "quiet", "second\n")
results = []
while len(results) < 2:
    update = next(events)["sessionUpdate"]
    assert update["sessionMetadata"]["sampled"] is False, update
    results += update["sessionResults"]
assert [r["message"] for r in results] == ["first ü", "second\n"], results
assert results[0]["logGroupIdentifier"] == arn and results[0]["logStreamName"] == stream, results
assert abs(results[0]["ingestionTime"] - time.time() * 1000) < 60_000, results

put(*["row %d" % i for i in range(5000)])
while True:
    update = next(events)["sessionUpdate"]
    if update["sessionResults"]:
        break
assert update["sessionMetadata"]["sampled"] is True and len(update["sessionResults"]) == 500, len(update["sessionResults"])
response["responseStream"].close()

for arguments, code in [
    (dict(logGroupIdentifiers=[arn + "-none"]), "ResourceNotFoundException"),
    (dict(logGroupIdentifiers=[arn], logEventFilterPattern="{ $.a = "), "InvalidParameterException"),
]:
    try:
        logs.start_live_tail(**arguments)
        raise AssertionError("%r was taken" % arguments)
    except logs.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, e

print("ok boto3")
