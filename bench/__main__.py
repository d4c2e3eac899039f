"""Measure, print, and fail when a count is over its target. Times are printed and never judged."""

import json
import sys
from pathlib import Path

from bench.house import a_house
from bench.imports import imports
from bench.measure import measure
from bench.operations import OPERATIONS
from bench.pieces import pieces
from bench.report import as_json, imports_table, operations_table, pieces_table

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
    print(operations_table(measured), pieces_table(alone), imports_table(cold), sep="\n\n")
    RESULT.write_text(json.dumps(as_json(measured, alone, cold), indent=2) + "\n")
    return 1 if any(one.over for one in measured) else 0


if __name__ == "__main__":
    sys.exit(main())
