"""Cold imports: each function as it is built, imported by a fresh interpreter that has nothing else.

Its path is what Lambda gives it: the function, the layer, and boto3 as the runtime brings it. The best of
several runs stands, each measure for itself: whatever else the machine does only ever adds.
"""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import NamedTuple

from bench.house import FUNCTIONS
from local.cloud import BUILD_DIR

TARGET, CHECKIN_TARGET = 700, 500
_RUNS = 7
_OF_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six.py")
_MEASURING = """
import importlib.util, json, time

def cost(step):
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)

def first_client():
    from admit.aws.settings import workshop
    workshop().table

def with_stripe():
    import admit.payments.stripe_gateway

found = {"handler": cost(lambda: __import__("handler")), "client": cost(first_client)}
if importlib.util.find_spec("stripe"):
    found["stripe"] = cost(with_stripe)
print(json.dumps(found))
"""


class Cost(NamedTuple):
    wall: float
    cpu: float


class Import(NamedTuple):
    function: str
    target: int
    handler: Cost
    client: Cost
    """The first DynamoDB client, made at the first use of the table."""
    stripe: Cost | None
    """The stripe library, imported where money moves."""


def imports() -> list[Import]:
    with tempfile.TemporaryDirectory() as runtime:
        for module in _OF_THE_RUNTIME:
            (Path(runtime) / module).symlink_to(Path(sysconfig.get_path("purelib")) / module)
        return [_best(function, runtime) for function in FUNCTIONS]


def _best(function: str, runtime: str) -> Import:
    runs = [_once(function, runtime) for _ in range(_RUNS)]

    def best(step: str) -> Cost:
        return Cost(*(min(run[step][at] for run in runs) for at in range(2)))

    return Import(
        function=function,
        target=CHECKIN_TARGET if function == "checkin" else TARGET,
        handler=best("handler"),
        client=best("client"),
        stripe=best("stripe") if "stripe" in runs[0] else None,
    )


def _once(function: str, runtime: str) -> dict[str, list[float]]:
    resource = "".join(word.capitalize() for word in function.split("_")) + "Function"
    path = [BUILD_DIR / resource, BUILD_DIR / "CommonLayer" / "python", Path(runtime)]
    environment = {
        "PYTHONPATH": os.pathsep.join(str(part.absolute()) for part in path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "TABLE_NAME": "admit",
        "POWERTOOLS_SERVICE_NAME": function,
    }
    done = subprocess.run(
        [sys.executable, "-S", "-c", _MEASURING], env=environment, check=True, capture_output=True, text=True
    )
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found
