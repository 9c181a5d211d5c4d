"""Measure `spec/evidence.json` anew: `python benchmarks/evidence_counts.py exchanges.jsonl.gz`."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

from slashv1.spec.evidence import measured

TARGET = Path(__file__).parents[1] / "spec" / "evidence.json"


def main(source: str) -> None:
    """Write the figures of one file of exchanges."""
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        found = measured(map(json.loads, lines))
    TARGET.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(f"{found['exchanges']} exchanges of {len(found['operations'])} operations")


if __name__ == "__main__":
    main(sys.argv[1])
