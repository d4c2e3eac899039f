"""python -m local up | down"""

import argparse
import contextlib
import json
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from botocore.exceptions import ClientError

from local.cloud import PortTaken, local_cloud
from local.processes import Died, Processes
from local.stack import Ports, Stack

HOME = Path(".local/run")
STACK_JSON = Path(".local/stack.json")
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOISE = ("START RequestId", "END RequestId", "REPORT RequestId")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local", description="The whole house on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    starts = commands.add_parser("up", help="start everything, follow its logs, stop it on Ctrl-C")
    starts.add_argument(
        "--free-ports", action="store_true", help="take any free ports, not 8080-8082 and 4566"
    )
    commands.add_parser("down", help="stop what a crashed run has left behind")
    given = parser.parse_args()
    if given.command == "down":
        print(f"stopped {Processes(HOME).stop_left_over()} processes")
        return
    for number in ENDINGS:
        signal.signal(number, _interrupt)
    try:
        up(Ports.free() if given.free_ports else Ports())
    except KeyboardInterrupt:
        print("\nstopped")
    except (PortTaken, Died) as error:
        sys.exit(str(error))


def up(ports: Ports) -> None:
    """Run the local cloud and follow its logs until interrupted."""
    STACK_JSON.unlink(missing_ok=True)
    try:
        with local_cloud(ports, HOME, _say) as stack:
            STACK_JSON.write_text(json.dumps(stack.facts, indent=2) + "\n")
            _say(f"\nPages    {stack.site_url}/e/{stack.facts['event_slug']}")
            _say(f"Work     {stack.site_url}/work")
            _say(f"API      {stack.api_url}\nStripe   {stack.stripe_url}\nMail     {stack.outbox_url}")
            _say(f"All of it stands in {STACK_JSON}. Ctrl-C stops it.\n")
            _follow(stack)
    finally:
        STACK_JSON.unlink(missing_ok=True)


def _follow(stack: Stack) -> None:
    """Print what the functions log, until a part of the cloud dies."""
    logs = stack.client("logs")
    since = int(time.time() * 1000)
    while True:
        stack.check()
        time.sleep(1)
        # MiniStack fails now and then to list what a function writes at the same moment.
        with contextlib.suppress(ClientError):
            since = _print_logs(logs, since)


def _print_logs(logs: Any, since: int) -> int:
    """Print what was logged from `since` on, and return from when on there may be more."""
    seen = since
    for group in logs.describe_log_groups(logGroupNamePrefix="/admit/")["logGroups"]:
        name = group["logGroupName"]
        for event in logs.filter_log_events(logGroupName=name, startTime=since)["events"]:
            seen = max(seen, event["timestamp"] + 1)
            if not event["message"].startswith(NOISE):
                _say(f"{name.removeprefix('/admit/'):16} {event['message'].rstrip()}")
    return seen


def _interrupt(signum: int, frame: FrameType | None) -> None:
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)  # stopping is not interrupted
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
