"""Bring the reports of events to what their orders say: `python -m admit.aws.recount TABLE [EVENT ...]`.

Once after the reports were deployed to an installation that has orders already, and where the audit names a
report that has drifted. Without events it counts every one that is or was published."""

import argparse
import sys
import time
from datetime import UTC, datetime

import boto3

from admit.aws.table import DynamoTable
from admit.insight.audit import audited_events
from admit.insight.recount import recount

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m admit.aws.recount", description=__doc__)
    parser.add_argument("table")
    parser.add_argument("events", nargs="*")
    asked = parser.parse_args()
    table = DynamoTable(boto3.client("dynamodb"), asked.table)
    moving = False
    for event_id in asked.events or [event.id for event in audited_events(table, _EVER)]:
        result = recount(table, event_id, time.sleep)
        told = f"{result.counts} counts, {result.righted} put right, {result.moving} moving"
        print(f"{event_id}: {told}")
        moving = moving or result.moving > 0
    return 1 if moving else 0


if __name__ == "__main__":
    sys.exit(main())
