"""Measure, print, and fail when a count is over its target or a rush was sold wrongly.

Times are printed and never judged.
"""

import json
import sys
from pathlib import Path

from bench.house import a_house
from bench.imports import imports
from bench.measure import measure
from bench.model import sale, throughput
from bench.operations import OPERATIONS
from bench.pieces import pieces
from bench.report import (
    as_json,
    imports_table,
    operations_table,
    pieces_table,
    rush_table,
    sale_table,
    throughput_table,
)
from bench.rush import rush

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
    print("  a rush ...", file=sys.stderr)
    rushed = rush()
    print("  the model of a stock ...", file=sys.stderr)
    modelled, sold = throughput(), sale()
    print(
        operations_table(measured),
        pieces_table(alone),
        imports_table(cold),
        rush_table(rushed),
        throughput_table(modelled),
        sale_table(sold),
        sep="\n\n",
    )
    result = as_json(measured, alone, cold, rush=rushed, throughput=modelled, sale=sold)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    return 1 if rushed.wrong or any(one.over for one in measured) else 0


if __name__ == "__main__":
    sys.exit(main())
