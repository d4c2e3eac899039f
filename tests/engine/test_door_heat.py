"""A thousand scans in one second over twenty gates: what each partition of table and indexes takes."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import batched

from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.insight.scan_log import write_scans
from admit.insight.summary import Change, apply
from admit.store import Item, Key
from admit.tickets.ticket import Ticket
from bench.charges import transacted, write_units
from tests.builders import NOW, an_event
from tests.engine.doors import a_device, code, issued, scan, with_gate
from tests.engine.stream import encoded
from tests.engine.streamed import Streamed

SCANS, GATES, BATCH = 1_000, 20, 100
MOST = 1_000
"""Write units that a partition takes in a second."""


class Heated(Streamed):
    """Counts the write units of each partition, of the table and of its indexes."""

    def __init__(self, table: DynamoTable) -> None:
        super().__init__(table)
        self.units: Counter[str] = Counter()
        self.tickets: list[tuple[Item | None, Item]] = []

    def _tell(self, keys: Sequence[Key], before: dict[Key, Item], after: dict[Key, Item]) -> None:
        for key in keys:
            old, new = before.get(key), after.get(key)
            if len(keys) == 1:
                self.units[key.pk] += max(write_units(encoded(old or {})), write_units(encoded(new or {})))
            charged = transacted(encoded(old or {}), encoded(new or {}))
            for index, units in charged.items():
                if index == "table":
                    self.units[key.pk] += units if len(keys) > 1 else 0
                else:
                    self.units[(new or old or {})[f"{index}pk"]] += units
            if new is not None and new["kind"] == "ticket":
                self.tickets.append((old, new))


def test_a_thousand_scans_a_second_have_no_hot_partition(table: DynamoTable) -> None:
    catalog: Catalog = an_event(table, capacity=50_000)
    for gate in range(GATES):
        catalog = with_gate(catalog, f"gate{gate}")
    devices = [a_device(table, catalog, gate_id=f"gate{gate}") for gate in range(GATES)]
    orders = [issued(table, catalog, quantity=10) for _ in range(SCANS // 10)]
    codes = [code(catalog, order, number) for order in orders for number in range(1, 11)]
    heated = Heated(table)

    for at, credential in enumerate(codes):
        scan(heated, catalog, devices[at % GATES], NOW + timedelta(milliseconds=at), credential=credential)

    scanned = Counter(heated.units)
    assert scanned.total() == SCANS
    for batch in batched(heated.tickets[:], BATCH, strict=False):
        tickets = [(Ticket.of(old) if old else None, Ticket.of(new)) for old, new in batch]
        write_scans(heated, tickets, [])
        changes = [Change(f"{new.id}-{new.scan_count}", old, new) for old, new in tickets]
        apply(heated, changes, NOW)
    hottest, units = heated.units.most_common(1)[0]
    assert units < MOST, hottest
