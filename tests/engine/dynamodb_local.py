"""Amazon's DynamoDB Local in memory, and the table as template.yaml defines it.

The table has no stream here: DynamoDB Local slows down with every record it keeps. Consumers of the stream
are fed records made from the images of items (`stream.py`).
"""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.template import load

JAR = Path(".local/dynamodb/DynamoDBLocal.jar")


@contextlib.contextmanager
def dynamodb_local() -> Iterator[str]:
    """Run DynamoDB Local until the block is left; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["java", "-Xmx1g", "-jar", JAR.name, "-inMemory", "-sharedDb", "-port", str(port)]
    with subprocess.Popen(
        command, cwd=JAR.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def client(endpoint: str, *, connections: int = 10) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        # DynamoDB Local gives up on a lock with a server error where DynamoDB answers with a conflict.
        config=Config(
            max_pool_connections=connections, retries={"mode": "standard", "total_max_attempts": 10}
        ),
    )


@contextlib.contextmanager
def counted(dynamodb: Any) -> Iterator[list[str]]:
    """Give the names of the requests that a client makes until the block is left."""
    made: list[str] = []

    def count(model: Any, **_: Any) -> None:
        made.append(model.name)

    dynamodb.meta.events.register("before-call.dynamodb", count)
    try:
        yield made
    finally:
        dynamodb.meta.events.unregister("before-call.dynamodb", count)


def create_table(dynamodb: Any, name: str) -> None:
    """Create the template's table, without its stream."""
    properties = load()["Resources"]["Table"]["Properties"]
    kept = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    dynamodb.create_table(TableName=name, **{part: properties[part] for part in kept})


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError("DynamoDB Local did not start")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("DynamoDB Local does not answer")
