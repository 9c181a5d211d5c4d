"""Measure `spec/evidence.json` anew: `python benchmarks/evidence_counts.py exchanges.jsonl.gz`."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from slashv1.spec.evidence import measured

TARGET = Path(__file__).parents[1] / "spec" / "evidence.json"


def text(found: dict[str, Any]) -> str:
    """The file: a place a line."""
    parts = []
    for name, by_part in found["parts"].items():
        rows = [
            f'   {json.dumps(part)}: {{"messages": {one["messages"]}, "places": {{\n'
            + ",\n".join(f"    {json.dumps(at)}: {json.dumps(row)}" for at, row in one["places"].items())
            + "\n   }}"
            for part, one in by_part.items()
        ]
        parts.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(rows) + "\n  }")
    operations = [f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in found["operations"].items()]
    head = [f" {json.dumps(key)}: {json.dumps(found[key])}" for key in ("exchanges", "first", "last")]
    body = [
        *head,
        ' "operations": {\n' + ",\n".join(operations) + "\n }",
        ' "parts": {\n' + ",\n".join(parts) + "\n }",
    ]
    return "{\n" + ",\n".join(body) + "\n}\n"


def main(source: str) -> None:
    """Write the figures of one file of exchanges."""
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        found = measured(map(json.loads, lines))
    TARGET.write_text(text(found), "utf-8")
    print(f"{found['exchanges']} exchanges of {len(found['operations'])} operations")


if __name__ == "__main__":
    main(sys.argv[1])
