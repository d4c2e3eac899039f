"""The audit as a command: `python -m admit.aws.audit TABLE [EVENT ...]` prints what has drifted, and fails if
anything has. Without events it counts every published one that ended at most 30 days ago."""

import argparse
import sys
import time
from datetime import timedelta

import boto3

from admit import clock
from admit.aws.table import DynamoTable
from admit.insight.audit import audit, audited_events


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m admit.aws.audit", description=__doc__)
    parser.add_argument("table")
    parser.add_argument("events", nargs="*")
    asked = parser.parse_args()
    table = DynamoTable(boto3.client("dynamodb"), asked.table)
    drifted = False
    recent = (event.id for event in audited_events(table, clock.now() - timedelta(days=30)))
    for event_id in asked.events or recent:
        result = audit(table, event_id, time.sleep)
        print(f"{event_id}: {result.counters} counters, {len(result.drifts)} drifted")
        for drift in result.drifts:
            print(f"  {drift.counter}: {drift.found}, should be {drift.expected}")
        for stock_id in result.moving:
            print(f"  {stock_id}: moving, not counted")
        drifted = drifted or bool(result.drifts)
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main())
