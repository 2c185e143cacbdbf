"""Checks of what only AWS has: functions, quotas, the logging role, alarms."""

from collections.abc import Iterator

from ops.findings import Finding, caution, well, wrong
from ops.stage import Stage

ALIAS = "live"
# Lambda refuses to leave fewer than these to functions without a reservation.
LEAST_UNRESERVED = 100
USUAL_CONCURRENCY = 1_000
# Throttle of an account over all APIs and posts: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
REQUESTS_QUOTA = "L-8A5B8E43"


def functions(stage: Stage) -> Iterator[Finding]:
    aws = stage.client("lambda")
    runtimes, hashes = set(), {}
    for name, full_name in stage.functions():
        live = aws.get_function_configuration(FunctionName=full_name, Qualifier=ALIAS)
        newest = aws.get_function_configuration(FunctionName=full_name)
        runtimes.add(live["Runtime"])
        hashes[name] = live["CodeSha256"]
        if live.get("State", "Active") != "Active":
            yield wrong(
                f"{name} is {live['State'].lower()}: {live.get('StateReason', '')}",
                "call it once more in a minute; a SnapStart version becomes inactive after 14 days unused",
            )
        if newest.get("LastUpdateStatus") == "Failed":
            yield wrong(f"{name} was not updated: {newest.get('LastUpdateStatusReason')}", "deploy again")
        if live["CodeSha256"] != newest["CodeSha256"]:
            yield caution(
                f"{name}: `{ALIAS}` runs older code than the newest", "an update is under way, or deploy"
            )
    if len(set(hashes.values())) > 1:
        yield caution(
            "not all functions run the same code", "wait for the deployment to end, or deploy again"
        )
    yield well(f"{len(hashes)} functions on {', '.join(sorted(runtimes))}")


def mappings(stage: Stage) -> Iterator[Finding]:
    name = f"{stage.prefix}-publisher"
    found = stage.client("lambda").list_event_source_mappings(FunctionName=f"{name}:{ALIAS}")
    for mapping in found["EventSourceMappings"]:
        if mapping["State"] not in ("Enabled", "Enabling", "Updating"):
            queue = mapping["EventSourceArn"].rsplit(":", 1)[-1]
            yield wrong(
                f"nothing takes messages off {queue}: its mapping is {mapping['State'].lower()}",
                f"aws lambda update-event-source-mapping --uuid {mapping['UUID']} --enabled",
            )
    yield well(f"{len(found['EventSourceMappings'])} queues are polled")


def concurrency(stage: Stage) -> Iterator[Finding]:
    limit = stage.client("lambda").get_account_settings()["AccountLimit"]
    whole, unreserved = limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]
    ask = "Service Quotas, AWS Lambda, Concurrent executions: ask for 1,000"
    if whole < USUAL_CONCURRENCY:
        yield caution(f"the account has {whole} concurrent runs; {USUAL_CONCURRENCY:,} are usual", ask)
    if unreserved < LEAST_UNRESERVED:
        yield caution(f"{unreserved} concurrent runs are left without a reservation", ask)
    yield well(f"{whole:,} concurrent runs, {unreserved:,} not reserved")


def requests(stage: Stage) -> Iterator[Finding]:
    quota = stage.client("service-quotas").get_service_quota(
        ServiceCode="apigateway", QuotaCode=REQUESTS_QUOTA
    )
    given = quota["Quota"]["Value"]
    configuration = stage.client("lambda").get_function_configuration(
        FunctionName=f"{stage.prefix}-publisher", Qualifier=ALIAS
    )
    posts = int(configuration["Environment"]["Variables"]["POSTS_PER_SECOND"])
    if posts > given:
        yield wrong(
            f"posts_per_second is {posts:,} and the account has {given:,.0f} API Gateway requests a second",
            f"lower it, or ask for more: Service Quotas, API Gateway, {REQUESTS_QUOTA}",
        )
    yield well(f"{posts:,} of {given:,.0f} API Gateway requests a second are for posts")


def logging_role(stage: Stage) -> Iterator[Finding]:
    role = stage.client("apigateway").get_account().get("cloudwatchRoleArn")
    if role:
        yield well(f"API Gateway logs with {role}")
    else:
        yield wrong("API Gateway has no role to log with", "deploy with -c account_logging_role=true")


def alarms(stage: Stage) -> Iterator[Finding]:
    cloudwatch = stage.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{stage.prefix}-")
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    for alarm in found:
        if alarm["StateValue"] == "ALARM":
            yield wrong(
                f"alarm {alarm['AlarmName']}: {alarm.get('AlarmDescription')}", alarm.get("StateReason", "")
            )
    if not any(alarm["AlarmActions"] for alarm in found):
        yield caution("nobody is told of alarms", "deploy with -c alarm_email=you@example.com")
    for topic in sorted({action for alarm in found for action in alarm["AlarmActions"]}):
        told = stage.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        for one in told:
            if one["SubscriptionArn"] == "PendingConfirmation":
                yield caution(
                    f"{one['Endpoint']} has not confirmed", "open the mail that AWS sent, or deploy again"
                )
    yield well(f"{len(found)} alarms, {sum(one['StateValue'] == 'ALARM' for one in found)} red")
