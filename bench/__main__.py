"""Measure, print, and fail when a count is over its target, a rush was sold wrongly, or the model of a stock
misses its throughput.

Times are printed and never judged.
"""

import json
import sys
from pathlib import Path

from bench.house import a_house
from bench.imports import imports
from bench.measure import measure
from bench.model import TARGET, sale, throughput
from bench.operations import OPERATIONS
from bench.pieces import pieces
from bench.report import (
    as_json,
    imports_table,
    operations_table,
    pieces_table,
    rushes_table,
    sale_table,
    throughput_table,
)
from bench.rush import rushes

RESULT = Path(".local/bench.json")


def main() -> int:
    with a_house() as house:
        measured = []
        for operation in OPERATIONS:
            print(f"  {operation.name} ...", file=sys.stderr)
            measured.append(measure(house, operation))
        alone = pieces(house)
    print("  cold imports ...", file=sys.stderr)
    cold = imports()
    print("  rushes ...", file=sys.stderr)
    rushed = rushes()
    print("  the model of a stock ...", file=sys.stderr)
    modelled, sold = throughput(), sale()
    print(
        operations_table(measured),
        pieces_table(alone),
        imports_table(cold),
        rushes_table(rushed),
        throughput_table(modelled),
        sale_table(sold),
        sep="\n\n",
    )
    result = as_json(measured, alone, cold, rushes=rushed, throughput=modelled, sale=sold)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    failed = [
        *(f"{one.name}: over {', '.join(one.over)}" for one in measured if one.over),
        *(f"{one.name}: {', '.join(one.wrong)}" for one in rushed if one.wrong),
        *(f"{TARGET:,} orders a second missed: {', '.join(row.missed)}" for row in modelled if row.missed),
    ]
    print(*failed, sep="\n", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
