"""Start and stop the local cloud."""

import contextlib
import fcntl
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from local import ministack, pages
from local.processes import Processes
from local.seed import seed
from local.stack import (
    CREDENTIALS,
    FOUNDER,
    REGION,
    SENDER,
    STACK_NAME,
    STAGE,
    STRIPE_API_KEY,
    STRIPE_WEBHOOK_SECRET,
    Ports,
    Stack,
)

BUILD_DIR = Path(".local/build/artifacts")
ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}


class PortTaken(RuntimeError):
    """Somebody else listens where a part of the local cloud should."""


@contextlib.contextmanager
def local_cloud(
    ports: Ports | None = None, home: Path = Path(".local/run"), say: Callable[[str], None] = print
) -> Iterator[Stack]:
    """Run the whole house until the block is left, from the root of the repository.

    `ports` are any free ones unless they are given. `home` takes the logs, and what an earlier run with the
    same one has left running is stopped first. `say` hears about the progress. Raises PortTaken, or Died if a
    step on the way fails.
    """
    home.mkdir(parents=True, exist_ok=True)
    processes = Processes(home)
    if left := processes.stop_left_over():
        say(f"stopped {left} processes of an earlier run")
    ports = ports or Ports.free()
    if taken := ports.taken():
        raise PortTaken(f"port {taken[0]} is taken: free it, or say --free-ports to take any")
    try:
        yield _start(processes, ports, home, say)
    finally:
        processes.stop()
        shutil.rmtree(_scratch(home), ignore_errors=True)


def _start(processes: Processes, ports: Ports, home: Path, say: Callable[[str], None]) -> Stack:
    begun = time.monotonic()

    @contextlib.contextmanager
    def step(what: str) -> Iterator[None]:
        say(f"{time.monotonic() - begun:6.1f} s  {what}")
        yield
        processes.check()

    scratch = _scratch(home)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    with step(f"MiniStack starts on port {ports.cloud}"):
        processes.start("ministack", [str(ministack.BINARY)], ministack.environment(ports, scratch))
    with _alone():
        with step("SAM builds the functions"):
            architecture = ARCHITECTURES[platform.machine()]
            build = ["make", "build", f"BUILD_DIR={BUILD_DIR}", f"ARCHITECTURE={architecture}"]
            processes.run("build", build, _away_from_aws())
        _wait_for(f"http://127.0.0.1:{ports.cloud}/_ministack/health", processes)
        with step("SAM deploys the stack"):
            stack = _deploy(processes, Stack(ports, processes.check), architecture)
            ministack.complete(stack)
    with step(f"the pages go up to {stack.site_url}"):
        pages.publish(stack)
        processes.start("front", [sys.executable, "-m", "local.front", *_fronts(stack)], dict(os.environ))
    with step(f"the Stripe stand-in starts on port {ports.stripe}"):
        processes.start("stripe", _stripe_standin(stack), dict(os.environ))
    for url in (stack.api_url, stack.stripe_url):
        _wait_for(url, processes)
    with step("the demo organizer moves in"):
        facts = _addresses(stack) | seed(stack)
    say(f"{time.monotonic() - begun:6.1f} s  ready")
    return replace(stack, facts=facts)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other local cloud builds or uploads: all do it in one folder."""
    BUILD_DIR.parent.mkdir(parents=True, exist_ok=True)
    with (BUILD_DIR.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _addresses(stack: Stack) -> dict[str, Any]:
    return {
        "api_url": stack.api_url,
        "site_url": stack.site_url,
        "stripe_url": stack.stripe_url,
        "outbox_url": stack.outbox_url,
        "cognito_url": stack.cloud_url,
        "user_pool_client_id": stack.outputs["UserPoolClientId"],
    }


def _wait_for(url: str, processes: Processes) -> None:
    """Wait until something answers at `url`, whatever it says."""
    while True:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url, timeout=5)
            return
        processes.check()
        time.sleep(0.1)


def _scratch(home: Path) -> Path:
    return (home / "scratch").absolute()


def _fronts(stack: Stack) -> list[str]:
    site = stack.client("cloudfront").get_distribution(Id=stack.outputs["SiteDistributionId"])
    return [
        f"{stack.ports.site}={stack.cloud_url}#{site['Distribution']['DomainName']}",
        f"{stack.ports.api}={stack.cloud_url}/_aws/execute-api/{stack.outputs['ApiId']}/{STAGE}",
    ]


def _stripe_standin(stack: Stack) -> list[str]:
    options = {
        "port": str(stack.ports.stripe),
        "webhook-url": f"{stack.api_url}/webhooks/stripe",
        "webhook-secret": STRIPE_WEBHOOK_SECRET,
        "api-key": STRIPE_API_KEY,
    }
    return [
        sys.executable,
        "-m",
        "local.stripe_standin",
        *(f"--{name}={value}" for name, value in options.items()),
    ]


def _deploy(processes: Processes, stack: Stack, architecture: str) -> Stack:
    secret = stack.client("secretsmanager").create_secret(
        Name="admit/stripe",
        SecretString=json.dumps({"api_key": STRIPE_API_KEY, "webhook_secrets": [STRIPE_WEBHOOK_SECRET]}),
    )
    parameters = {
        "Stage": STAGE,
        "Architecture": architecture,
        "SiteUrl": stack.site_url,
        "ApiUrl": stack.api_url,
        "PageSources": stack.cloud_url,
        "SenderAddress": SENDER,
        "FounderEmails": FOUNDER,
        "UserPoolKeysBase": stack.cloud_url,
        "StripeSecretArn": secret["ARN"],
        "StripeApiBase": stack.stripe_url,
        "PaymentMethodTypes": "card,sepa_debit",
        "HookExemptHosts": "127.0.0.1",
        "DeletionProtection": "false",
        "ManagedLogin": "false",  # MiniStack has the classic pages only
    }
    processes.run(
        "deploy",
        [
            ".local/sam/bin/sam",
            "deploy",
            f"--template-file={BUILD_DIR}/template.yaml",
            f"--stack-name={STACK_NAME}",
            "--config-env=none",  # a samconfig.toml beside the template is about AWS
            "--resolve-s3",
            "--capabilities=CAPABILITY_IAM",
            "--no-progressbar",
            "--parameter-overrides",
            *(f"{name}={value}" for name, value in parameters.items()),
        ],
        _away_from_aws() | {"AWS_ENDPOINT_URL": stack.cloud_url},
    )
    described = stack.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    return replace(stack, outputs={one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]})


def _away_from_aws() -> dict[str, str]:
    """Return the shell's environment with the local cloud's account in place of any of the shell's own."""
    shell = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE"))}
    return {
        **shell,
        **CREDENTIALS,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",
    }
