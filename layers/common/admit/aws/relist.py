"""Bring the list of orders to what they are now: `python -m admit.aws.relist TABLE [EVENT ...]`.

Once after the list was deployed to an installation that has orders already, and where it is not what it
should be. Without events it goes through every one that is or was published."""

import argparse
import sys
from datetime import UTC, datetime

import boto3

from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.insight.audit import audited_events
from admit.insight.order_list import relist_event

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m admit.aws.relist", description=__doc__)
    parser.add_argument("table")
    parser.add_argument("events", nargs="*")
    asked = parser.parse_args()
    table = DynamoTable(boto3.client("dynamodb"), asked.table)
    for event_id in asked.events or [event.id for event in audited_events(table, _EVER)]:
        written = relist_event(table, load_catalog(table, event_id).event)
        print(f"{event_id}: {written} orders written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
