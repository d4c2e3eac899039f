"""What holds for every resource of template.yaml, whoever adds the next one."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import template

TEMPLATE = template.load()
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
ROOT = template.PATH.parent

# Statements whose resource can't be narrowed: X-Ray and the account's sending rate have none to name.
UNBOUND = {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "ses:GetAccount"}
PUBLIC = {
    ("GET", "/public/events/{slug}"),
    ("GET", "/public/events/{slug}/seats"),
    ("GET", "/public/events/{slug}/seats/state"),
    ("POST", "/public/events/{slug}/seats/best"),
    ("POST", "/public/events/{slug}/quote"),
    ("POST", "/public/events/{slug}/orders"),
    ("POST", "/public/events/{slug}/unlock"),
    ("POST", "/public/events/{slug}/verify-email"),
    ("POST", "/public/events/{slug}/waiting-list"),
    ("GET", "/public/events/{slug}/waiting-list/{entry_id}"),
    ("POST", "/public/events/{slug}/waiting-list/{entry_id}/accept"),
    ("POST", "/public/events/{slug}/waiting-list/{entry_id}/refuse"),
    ("GET", "/public/images/{event_id}/{image_id}"),
    ("GET", "/public/orders/{order_id}"),
    ("POST", "/public/orders/{order_id}/checkout"),
    ("POST", "/public/orders/{order_id}/confirm"),
    ("POST", "/public/orders/{order_id}/cancel"),
    ("PUT", "/public/orders/{order_id}/answers"),
    ("GET", "/public/orders/{order_id}/invoice"),
    ("GET", "/public/orders/{order_id}/documents/{number}"),
    ("PUT", "/public/orders/{order_id}/tickets/{number}/holder"),
    ("DELETE", "/public/orders/{order_id}/tickets/{number}/holder"),
    ("POST", "/public/orders/{order_id}/assignments"),
    ("GET", "/public/orders/{order_id}/assignments.csv"),
    ("GET", "/public/orders/{order_id}/assignments/{job_id}"),
    ("GET", "/public/orders/{order_id}/claim-links"),
    ("POST", "/public/orders/{order_id}/claim-links"),
    ("DELETE", "/public/orders/{order_id}/claim-links/{link_id}"),
    ("POST", "/public/tickets/find"),
    ("GET", "/public/tickets/{ticket_id}"),
    ("GET", "/public/tickets/{ticket_id}/qr.png"),
    ("POST", "/public/tickets/{ticket_id}/grants/{number}/claim"),
    ("GET", "/public/tickets/{ticket_id}/badge.png"),
    ("GET", "/public/claims/{link_id}"),
    ("POST", "/public/claims/{link_id}"),
    ("PUT", "/public/tickets/{ticket_id}/person"),
    ("GET", "/public/transfers/{code}"),
    ("POST", "/public/transfers/{code}/accept"),
    ("POST", "/public/transfers/{code}/decline"),
    ("GET", "/public/tickets/{ticket_id}/calendar.ics"),
    ("GET", "/public/tickets/{ticket_id}/apple.pkpass"),
    ("GET", "/public/tickets/{ticket_id}/google-wallet"),
    ("POST", "/wallet/v1/devices/{device_id}/registrations/{pass_type}/{serial}"),
    ("DELETE", "/wallet/v1/devices/{device_id}/registrations/{pass_type}/{serial}"),
    ("GET", "/wallet/v1/devices/{device_id}/registrations/{pass_type}"),
    ("GET", "/wallet/v1/passes/{pass_type}/{serial}"),
    ("POST", "/wallet/v1/log"),
    ("POST", "/webhooks/stripe"),
    ("POST", "/checkin/pair"),
    ("POST", "/checkin/scans"),
    ("POST", "/checkin/sync"),
    ("POST", "/checkin/undo"),
    ("GET", "/checkin/roster"),
    ("GET", "/checkin/roster/{name}"),
    ("GET", "/checkin/stats"),
    ("GET", "/checkin/tickets/{ticket_id}"),
    ("POST", "/checkin/group"),
    ("GET", "/checkin/search"),
    ("POST", "/checkin/labels"),
}


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
QUEUES = of_type("AWS::SQS::Queue")
BUCKETS = of_type("AWS::S3::Bucket")
ALARMS = of_type("AWS::CloudWatch::Alarm")
FAILURES = {name for name in QUEUES if name.endswith("Failures")}


def events(kind: str) -> dict[str, dict[str, Any]]:
    """Return the event sources of one kind, by function and name."""
    return {
        f"{function}.{name}": event["Properties"]
        for function, properties in FUNCTIONS.items()
        for name, event in properties.get("Events", {}).items()
        if event["Type"] == kind
    }


def statements(function: str) -> list[dict[str, Any]]:
    role = RESOURCES[FUNCTIONS[function]["Role"]["Fn::GetAtt"][0]]["Properties"]
    assert "ManagedPolicyArns" not in role
    return [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]


def actions(statement: dict[str, Any]) -> set[str]:
    listed = statement["Action"]
    return {listed} if isinstance(listed, str) else set(listed)


def resources(statement: dict[str, Any]) -> list[Any]:
    listed = statement["Resource"]
    return listed if isinstance(listed, list) else [listed]


def routes() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for event in events("Api").values():
        yield event["Method"], event["Path"], event


def text(value: Any) -> str:
    return json.dumps(value)


# --- functions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_a_folder_a_role_and_a_log_group_of_its_own(name: str) -> None:
    properties = FUNCTIONS[name]
    flow = name.removesuffix("Function")
    folder = re.sub(r"(?<!^)(?=[A-Z])", "_", flow).lower()
    assert properties["CodeUri"] == f"functions/{folder}"
    assert (ROOT / properties["CodeUri"] / "handler.py").is_file()
    assert properties["Role"] == {"Fn::GetAtt": [f"{flow}Role", "Arn"]}
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": f"{flow}Logs"}
    assert properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == folder


def test_every_folder_of_functions_is_deployed() -> None:
    folders = {handler.parent.name for handler in (ROOT / "functions").glob("*/handler.py")}
    assert {Path(one["CodeUri"]).name for one in FUNCTIONS.values()} == folders


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_that_answers_requests_gives_up_before_api_gateway_does(name: str) -> None:
    timeout = FUNCTIONS[name].get("Timeout", TEMPLATE["Globals"]["Function"]["Timeout"])
    sources = FUNCTIONS[name].get("Events", {}).values()
    answers = any(event["Type"] == "Api" for event in sources) or "FunctionUrlConfig" in FUNCTIONS[name]
    assert timeout < 29 if answers else timeout <= 300


@pytest.mark.parametrize("name", of_type("AWS::Logs::LogGroup"))
def test_logs_are_not_kept_for_ever(name: str) -> None:
    assert RESOURCES[name]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


# --- rights -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_role_lists_single_actions_on_named_resources(name: str) -> None:
    for statement in statements(name):
        assert not [action for action in actions(statement) if "*" in action]
        if "*" in resources(statement):
            assert actions(statement) <= UNBOUND


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_index_may_be_queried_and_nothing_else(name: str) -> None:
    for statement in statements(name):
        if "/index/" in text(statement["Resource"]):
            assert actions(statement) == {"dynamodb:Query"}
            assert "index/*" not in text(statement["Resource"])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_scans_and_what_was_sold_or_uploaded_is_never_deleted(name: str) -> None:
    granted = {action for statement in statements(name) for action in actions(statement)}
    assert not granted & {"dynamodb:Scan", "dynamodb:BatchWriteItem", "s3:DeleteObject"}
    for statement in statements(name):
        if "dynamodb:DeleteItem" in actions(statement):
            [partitions] = statement["Condition"]["ForAllValues:StringLike"].values()
            assert not any(one.startswith(("ORDER#", "*")) for one in partitions)


def test_only_the_functions_that_move_money_read_stripes_secret() -> None:
    readers = {name for name in FUNCTIONS if "StripeSecretArn" in text(statements(name))}
    assert readers == {"PurchaseFunction", "SettleFunction", "JobsFunction"}


def test_only_the_functions_that_sign_read_the_signing_secret() -> None:
    readers = {name for name in FUNCTIONS if "SigningSecret" in text(statements(name))}
    assert readers == {
        "GenerateTicketsFunction",
        "CatalogFunction",
        "WalletFunction",
        "JobsFunction",
        "BadgesFunction",
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_secret_that_is_named_in_the_environment_may_be_read(name: str) -> None:
    environment = FUNCTIONS[name]["Environment"]["Variables"]
    readable = [
        resource
        for statement in statements(name)
        if "secretsmanager:GetSecretValue" in actions(statement)
        for resource in resources(statement)
    ]
    assert [value for key, value in environment.items() if key.endswith("_SECRET_ARN")] == readable


# --- what fails -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", events("DynamoDB"))
def test_a_stream_is_read_with_an_end_to_retries(name: str) -> None:
    mapping = events("DynamoDB")[name]
    assert 0 < mapping["MaximumRetryAttempts"] <= 10
    assert 60 <= mapping["MaximumRecordAgeInSeconds"] <= 43200
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] in FAILURES
    assert mapping["FilterCriteria"]["Filters"]


def test_the_stream_has_two_readers_at_most() -> None:
    assert len(events("DynamoDB")) <= 2


@pytest.mark.parametrize("name", events("SQS"))
def test_a_queue_is_read_with_partial_failures_and_ends_in_a_failure_queue(name: str) -> None:
    mapping = events("SQS")[name]
    queue = QUEUES[mapping["Queue"]["Fn::GetAtt"][0]]
    function = FUNCTIONS[name.partition(".")[0]]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] in FAILURES
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_a_queue_takes_messages_from_its_topic_and_a_topic_from_ses_only() -> None:
    for kind, allowed in [
        ("SQS::QueuePolicy", "sns.amazonaws.com"),
        ("SNS::TopicPolicy", "ses.amazonaws.com"),
    ]:
        for policy in of_type(f"AWS::{kind}").values():
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Principal"] == {"Service": allowed}
                assert "aws:SourceArn" in text(statement["Condition"])


def test_mails_are_paced_by_as_many_processes_as_send_them() -> None:
    [mapping] = [one for name, one in events("SQS").items() if name.startswith("NotifyFunction.")]
    few, many = TEMPLATE["Parameters"]["MailProcesses"]["AllowedValues"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == {"Fn::If": ["HasManyMailProcesses", many, few]}
    assert TEMPLATE["Conditions"]["HasManyMailProcesses"]["Fn::Equals"][1] == str(many)
    environment = FUNCTIONS["NotifyFunction"]["Environment"]["Variables"]
    assert environment["MAIL_PROCESSES"] == {"Ref": "MailProcesses"}
    assert FUNCTIONS["NotifyFunction"]["Timeout"] > mapping["BatchSize"] * 5


@pytest.mark.parametrize("name", events("ScheduleV2"))
def test_a_schedule_that_fails_leaves_a_message(name: str) -> None:
    function = FUNCTIONS[name.partition(".")[0]]
    assert events("ScheduleV2")[name]["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in FAILURES
    assert events("ScheduleV2")[name]["RetryPolicy"]
    # The schedule only hands over: what fails afterwards is the function's to report.
    destination = function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]
    assert destination["Fn::GetAtt"][0] in FAILURES
    assert any(
        "sqs:SendMessage" in actions(one) and destination in resources(one)
        for one in statements(name.partition(".")[0])
    )


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_a_message_in_a_failure_queue_raises_an_alarm_and_is_kept_two_weeks(name: str) -> None:
    [alarm] = [one for one in ALARMS.values() if f'"{name}", "QueueName"' in text(one.get("Dimensions", []))]
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert QUEUES[name]["MessageRetentionPeriod"] == 14 * 86400
    assert f"{name}Url" in TEMPLATE["Outputs"]


@pytest.mark.parametrize("name", events("DynamoDB"))
def test_a_reader_of_the_stream_that_falls_behind_raises_an_alarm(name: str) -> None:
    lags = [one for one in ALARMS.values() if one["MetricName"] == "IteratorAge"]
    assert any({"Ref": name.partition(".")[0]} == one["Dimensions"][0]["Value"] for one in lags)


def test_errors_of_the_webhook_raise_an_alarm() -> None:
    [alarm] = [one for one in ALARMS.values() if one["MetricName"] == "5XXError"]
    assert {"Name": "Resource", "Value": "/webhooks/stripe"} in alarm["Dimensions"]


@pytest.mark.parametrize("name", of_type("AWS::Logs::MetricFilter"))
def test_a_message_that_is_counted_is_logged_there_and_raises_an_alarm(name: str) -> None:
    counted = RESOURCES[name]["Properties"]
    [message] = re.findall(r'\$\.message = "([^"]+)"', counted["FilterPattern"])
    [folder] = [
        one["CodeUri"]
        for one in FUNCTIONS.values()
        if one["LoggingConfig"]["LogGroup"] == {"Ref": counted["LogGroupName"]["Ref"]}
    ]
    assert f'logger.error("{message}"' in (ROOT / folder / "handler.py").read_text()
    [metric] = counted["MetricTransformations"]
    source = (metric["MetricNamespace"], metric["MetricName"])
    assert source in [(one["Namespace"], one["MetricName"]) for one in ALARMS.values()]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_somebody_and_the_runbook_says_what_to_do(name: str) -> None:
    assert ALARMS[name]["AlarmActions"] == [{"Ref": "Alarms"}]
    assert name in (ROOT / "docs/runbook.md").read_text()


# --- data -------------------------------------------------------------------------------------------------


def test_the_table_survives_the_stack_and_a_wrong_write() -> None:
    table = RESOURCES["Table"]
    properties = table["Properties"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["IsProtected", True, False]}
    assert TEMPLATE["Parameters"]["DeletionProtection"]["Default"] == "true"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("name", ["TicketBucket", "UserPool", "LinkSecret", "SigningSecret"])
def test_what_cannot_be_made_again_survives_the_stack(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_is_private_encrypted_and_reached_over_tls_only(name: str) -> None:
    assert set(BUCKETS[name]["PublicAccessBlockConfiguration"].values()) == {True}
    assert BUCKETS[name]["BucketEncryption"]
    [policy] = [one for one in of_type("AWS::S3::BucketPolicy").values() if one["Bucket"] == {"Ref": name}]
    denials = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": False}} in [one["Condition"] for one in denials]


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_encrypted(name: str) -> None:
    assert QUEUES[name]["SqsManagedSseEnabled"] is True


# --- api --------------------------------------------------------------------------------------------------


def test_a_function_has_no_more_routes_than_its_policy_holds() -> None:
    """Each route adds a statement of some 430 bytes to a policy of at most 20 KB
    (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
    routes_of = Counter(name.partition(".")[0] for name in events("Api"))

    assert {name: routes for name, routes in routes_of.items() if routes > 44} == {}


def test_whoever_is_not_named_here_has_to_sign_in() -> None:
    open_routes = {
        (method, path) for method, path, event in routes() if event.get("Auth") == {"Authorizer": "NONE"}
    }
    assert open_routes == PUBLIC
    assert RESOURCES["Api"]["Properties"]["Auth"]["DefaultAuthorizer"] == "Members"


def test_an_api_key_is_let_in_to_the_organizers_routes_alone() -> None:
    by_key = {path for _, path, event in routes() if "Auth" not in event}
    assert {path for path in by_key if not path.startswith("/organizer")} == set()
    signed_in = [event["Auth"] for _, path, event in routes() if path.startswith(("/me", "/distribution"))]
    assert signed_in
    assert all(auth == {"Authorizer": "SignedIn"} for auth in signed_in)
    assert not [path for _, path, event in routes() if path.startswith("/organizer") and "Auth" in event]


def test_the_authorizer_asks_for_its_function_and_keeps_no_more_than_who_called() -> None:
    authorizer = RESOURCES["Api"]["Properties"]["Auth"]["Authorizers"]["Members"]
    assert authorizer["FunctionArn"] == {"Fn::GetAtt": ["AuthorizeFunction", "Arn"]}
    assert authorizer["FunctionPayloadType"] == "TOKEN"
    expression = authorizer["Identity"]["ValidationExpression"]
    for sent in (f"Bearer admit_{'a' * 16}_{'0' * 64}", "Bearer eyJh.eyJz.c2-_", "eyJh.eyJz.c2-_"):
        assert re.fullmatch(expression, sent)
    for sent in ("", "Bearer ", "Basic abc", "Bearer a b", "Bearer <script>"):
        assert not re.fullmatch(expression, sent)


def test_every_route_is_spelled_out() -> None:
    assert not [path for _, path, _ in routes() if "+" in path]


def test_the_routes_are_those_of_the_contract() -> None:
    contract = json.loads((ROOT / "web/openapi.json").read_text())
    documented = {(method.upper(), path) for path, item in contract["paths"].items() for method in item}
    assert {(method, path) for method, path, _ in routes()} == documented


def test_a_throttle_names_a_route_that_exists() -> None:
    known = {(method, path) for method, path, _ in routes()} | {("*", "/*")}
    for setting in RESOURCES["Api"]["Properties"]["MethodSettings"]:
        assert (setting["HttpMethod"], setting["ResourcePath"].replace("~1", "/").replace("//", "/")) in known
        assert setting["ThrottlingRateLimit"] > 0


def test_a_preflight_needs_no_token_and_allows_every_header_of_the_contract() -> None:
    api = RESOURCES["Api"]["Properties"]
    allowed = set(api["Cors"]["AllowHeaders"].strip("'").split(","))
    assert api["Auth"]["AddDefaultAuthorizerToCorsPreflight"] is False
    assert {"Authorization", "Content-Type", "Idempotency-Key", "X-Admit-Key"} <= allowed


def test_the_access_log_has_no_query_strings() -> None:
    logged = RESOURCES["Api"]["Properties"]["AccessLogSetting"]["Format"]
    assert set(re.findall(r"\$context\.[\w.]+", logged)) <= {
        "$context.requestId",
        "$context.requestTime",
        "$context.identity.sourceIp",
        "$context.httpMethod",
        "$context.resourcePath",
        "$context.status",
        "$context.responseLatency",
        "$context.integrationStatus",
        "$context.error.responseType",
    }


@pytest.mark.parametrize("kind", RESOURCES["Api"]["Properties"]["GatewayResponses"])
def test_api_gateway_refuses_as_the_functions_do(kind: str) -> None:
    response = RESOURCES["Api"]["Properties"]["GatewayResponses"][kind]
    headers = response["ResponseParameters"]["Headers"]
    body = response["ResponseTemplates"]["application/json"].replace("$context.error.messageString", '"x"')
    assert headers["Content-Type"] == "'application/problem+json'"
    assert headers["Access-Control-Allow-Origin"] == "'*'"
    problem = json.loads(body)
    assert {"type", "title", "code", "detail", "request_id"} <= problem.keys()
    assert problem["status"] == response["StatusCode"]


@pytest.mark.parametrize("kind", ["THROTTLED", "WAF_FILTERED"])
def test_who_comes_too_often_is_told_when_to_come_again(kind: str) -> None:
    response = RESOURCES["Api"]["Properties"]["GatewayResponses"][kind]
    assert response["StatusCode"] == 429
    assert "Retry-After" in response["ResponseParameters"]["Headers"]


def test_rosters_do_not_wait_for_jobs() -> None:
    queues = {name: one["Queue"]["Fn::GetAtt"][0] for name, one in events("SQS").items()}
    assert queues["JobsFunction.Jobs"] != queues["JobsFunction.Rosters"]
    for name in ("ProjectFunction", "JobsFunction"):
        assert FUNCTIONS[name]["Environment"]["Variables"]["ROSTER_QUEUE_URL"] == {"Ref": "RosterQueue"}


def test_the_bucket_answers_the_pages_of_this_site_alone() -> None:
    for rule in BUCKETS["TicketBucket"]["CorsConfiguration"]["CorsRules"]:
        assert rule["AllowedOrigins"] == {"Fn::Split": [",", {"Ref": "AllowedOrigins"}]}


# --- pages ------------------------------------------------------------------------------------------------


def test_the_pages_are_read_through_the_distribution_only() -> None:
    policy = RESOURCES["SiteBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    [reader] = [one for one in policy if one["Effect"] == "Allow"]
    assert reader["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert reader["Action"] == "s3:GetObject"
    assert "distribution/${SiteDistribution}" in text(reader["Condition"])


def test_the_template_knows_no_local_cloud() -> None:
    assert not re.search("ministack|localhost|127\\.0\\.0\\.1", template.PATH.read_text(), re.IGNORECASE)
