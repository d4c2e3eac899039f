"""MiniStack, and what it leaves out of the template."""

import json
from pathlib import Path
from typing import Any

from local import template
from local.stack import CREDENTIALS, REGION, STACK_NAME, STAGE, Ports, Stack

BINARY = Path(".local/ministack/bin/ministack").absolute()


def environment(ports: Ports, scratch: Path) -> dict[str, str]:
    """Return MiniStack's environment. Functions inherit it, so that nothing of the shell may be in it."""
    return {
        **CREDENTIALS,
        "AUTH": "true",  # every function works under its own role
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(ports.cloud),
        "MINISTACK_REGION": REGION,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
    }


def complete(stack: Stack) -> None:
    """Do what MiniStack leaves undone when it takes over the API, and undo what plain HTTP cannot hold."""
    _answer_preflights_and_refusals(stack)
    _widen_rights(stack)
    _open_to_plain_http(stack)
    _let_the_distribution_ask(stack)


def _open_to_plain_http(stack: Stack) -> None:
    """Let who comes without TLS read the buckets, which MiniStack enforces but does not speak."""
    s3 = stack.client("s3")
    s3.delete_bucket_policy(Bucket=stack.outputs["TicketBucketName"])
    site = {"Bucket": stack.outputs["SiteBucketName"]}
    policy = json.loads(s3.get_bucket_policy(**site)["Policy"])
    policy["Statement"] = [one for one in policy["Statement"] if one["Sid"] != "OnlyOverTls"]
    s3.put_bucket_policy(**site, Policy=json.dumps(policy))


def _let_the_distribution_ask(stack: Stack) -> None:
    """Take requests of the pages' function without a signature: MiniStack's distributions don't sign."""
    function = stack.client("cloudformation").describe_stack_resource(
        StackName=STACK_NAME, LogicalResourceId="PagesFunction"
    )
    name = function["StackResourceDetail"]["PhysicalResourceId"]
    stack.client("lambda").update_function_url_config(FunctionName=name, Qualifier="live", AuthType="NONE")


def _answer_preflights_and_refusals(stack: Stack) -> None:
    """Set the CORS answers and gateway responses, which MiniStack does not read from the API's definition."""
    api = template.load()["Resources"]["Api"]["Properties"]
    gateway = stack.client("apigateway")
    api_id = stack.outputs["ApiId"]
    cors = {
        f"method.response.header.Access-Control-{name}": api["Cors"][key]
        for name, key in [
            ("Allow-Origin", "AllowOrigin"),
            ("Allow-Methods", "AllowMethods"),
            ("Allow-Headers", "AllowHeaders"),
            ("Max-Age", "MaxAge"),
        ]
    }
    for resource in gateway.get_resources(restApiId=api_id, limit=500)["items"]:
        if "OPTIONS" in resource.get("resourceMethods", {}):
            where = {
                "restApiId": api_id,
                "resourceId": resource["id"],
                "httpMethod": "OPTIONS",
                "statusCode": "200",
            }
            gateway.put_method_response(**where, responseParameters=dict.fromkeys(cors, False))
            gateway.put_integration_response(**where, responseParameters=cors)
    for kind, response in api["GatewayResponses"].items():
        status = {"statusCode": str(response["StatusCode"])} if "StatusCode" in response else {}
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            **status,
            responseParameters={
                f"gatewayresponse.header.{name}": value
                for name, value in response["ResponseParameters"]["Headers"].items()
            },
            responseTemplates=response["ResponseTemplates"],
        )
    gateway.create_deployment(restApiId=api_id, stageName=STAGE)


def _widen_rights(stack: Stack) -> None:
    """Widen some rights to what MiniStack asks for.

    AWS takes sqs:SendMessage for batches, too, and ses:SendEmail from one address.
    """
    for logical_id in (
        "ProjectRole",
        "PurchaseRole",
        "MyTicketsRole",
        "CatalogRole",
        "NotifyRole",
        "JobsRole",
        "WebhooksRole",
        "DeliverRole",
    ):
        _widen(stack, logical_id, "sqs:SendMessage", {}, "sqs:SendMessageBatch")
    _widen(stack, "NotifyRole", "ses:SendEmail", {"Resource": "*", "Condition": {}})


def _widen(stack: Stack, logical_id: str, action: str, wider: dict[str, Any], *more: str) -> None:
    """Change the statements of a role that allow an action, and let them allow more actions."""
    iam = stack.client("iam")
    role = stack.client("cloudformation").describe_stack_resource(
        StackName=STACK_NAME, LogicalResourceId=logical_id
    )
    policy = {"RoleName": role["StackResourceDetail"]["PhysicalResourceId"], "PolicyName": "own"}
    document = iam.get_role_policy(**policy)["PolicyDocument"]
    for statement in document["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if action in actions:
            statement.update(wider, Action=[*actions, *more])
    iam.put_role_policy(**policy, PolicyDocument=json.dumps(document))
