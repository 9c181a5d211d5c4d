"""How true the contract is to genuine traffic: objections by part, requests taken and refused, a hold-out.

`python benchmarks/fidelity.py [EVIDENCE] [--json FILE]`; EVIDENCE is the folder of `openai.jsonl.gz` and
`upstream-openapi.json.gz` (default `SLASHV1_EVIDENCE`, else `../shared/evidence`).

- *objections*: what `slashv1 audit` says of every exchange, by part of the message; zero is the bar.
- *requests*: what was accepted must validate, what was refused for its shape must not. Refusals for what a
  model can do, or for a file, a key or a state, are counted apart: no schema knows them.
- *beta*: genuine messages of the Responses API judged by the schemas of its beta.
- *census*: keys that always stand there, see benchmarks/census.py.
- *hold-out*: operations outside of phase 1, by halves of the evidence (first byte of the SHA-256 of the id,
  even or odd). Their overlays were written from the even half; entries that only the odd half called for are
  marked `held`: the second row goes without them, the first without any overlay. The overlays of phase 1 are
  older and rest on all of the evidence: for them there is no such figure.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PARTS = ("requests", "bodies", "streams", "errors", "headers")


NOTES = """\
Fates: *shape* is type, range, enum, missing, length, count. *model*: refused for what the chosen model
can do, by code (`unsupported_parameter`, `unsupported_value`, `model_not_found` and others) or by words
that name the model. No schema knows that: where the contract objects all the same, the request breaks
another rule as well, such as `metadata` without `store` or a bias out of range. *other*: a file, a key,
a state, a schema of the caller's own.

The one refused for its shape and not objected to is `stop: []`: refused once, for an audio model, and
accepted 45 times, 2025-02 to 2026-01. The contract takes it."""


def part_of(check: str, where: str) -> str:
    """The part of a message that an objection is about."""
    topic = check.partition(".")[0]
    if topic == "request":
        return "requests"
    if topic in ("headers", "http"):
        return "headers"
    if topic == "error":
        return "errors"
    return "streams" if where.startswith("frame") or topic == "framing" or ".stream." in check else "bodies"


def objections(path: Path) -> dict[str, dict[str, int]]:
    """By part: how many were judged, and how many objections came of them."""
    from slashv1.harness.audit import audit, operation_of
    from slashv1.harness.recorded import Broken, read_lines
    from slashv1.matrix import load_profile

    judged: Counter[str] = Counter()
    for record in read_lines(path):
        if isinstance(record, Broken):
            continue
        exchange = record.exchange
        if operation_of(exchange.request.method, exchange.request.path) is None:
            continue
        good = (exchange.status or 0) < 300
        judged["requests"] += good and record.asked is not None
        judged["streams" if record.streamed else "bodies" if good else "errors"] += 1
        judged["headers"] += bool(exchange.headers)
    done = audit(read_lines(path), load_profile("openai"))
    found = Counter(part_of(one.check, one.where) for one in done.objections)
    return {part: {"judged": judged[part], "objections": found[part]} for part in PARTS} | {
        "exchanges": {
            "read": done.exchanges,
            "judged": done.judged,
            "not judged": sum(done.not_judged.values()),
        }
    }


def requests(path: Path) -> dict[str, Any]:
    """The confusion table: operation, fate, seen, objected to; and which refusals were missed."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.rejections import confusion
    from slashv1.harness.recorded import read_lines

    table = confusion(read_lines(path))
    total = Counter[str]()
    objected = Counter[str]()
    for (_, fate), count in table.seen.items():
        total[fate] += count
    for (_, fate), count in table.objected.items():
        objected[fate] += count
    by_operation = [
        {"operation": name, "fate": fate, "seen": count, "objected": table.objected[name, fate]}
        for (name, fate), count in sorted(table.seen.items())
    ]
    return {
        "all": {fate: {"seen": total[fate], "objected": objected[fate]} for fate in sorted(total)},
        "by operation": by_operation,
        "missed": dict(table.missed.most_common()),
    }


def beta(path: Path) -> dict[str, dict[str, int]]:
    """Genuine messages of the Responses API, judged by the schemas of its beta."""
    from slashv1.spec import objections as objected_to
    from slashv1.spec.evidence import messages

    seen: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for exchange in _exchanges(path):
        for one in messages(exchange):
            family, cut, name = one.reference.partition("#/$defs/")
            if family.removesuffix("-request") == "responses":
                seen[one.part] += 1
                wrong[one.part] += bool(objected_to(f"beta-{family}{cut}Beta{name}", one.value))
    return {part: {"judged": seen[part], "objected": wrong[part]} for part in seen}


def counted(path: Path) -> list[str]:
    """The section on keys that always stand there."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.census import census, held, markdown

    return markdown(held(census(_exchanges(path))))


def _exchanges(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def halves(path: Path, spec: Path | None) -> dict[str, dict[str, int]]:
    """Exchanges of operations outside of phase 1, and how many are objected to, by half of the evidence."""
    if spec is not None:
        import slashv1.spec.data

        slashv1.spec.data._HERE = spec  # another contract in place of the package's, before it is first read
    from slashv1.harness.audit import audit, operation_of
    from slashv1.harness.recorded import Broken, read_lines
    from slashv1.matrix import load_profile, phase_of

    seen: Counter[str] = Counter()
    for record in read_lines(path):
        if isinstance(record, Broken):
            continue
        request = record.exchange.request
        operation = operation_of(request.method, request.path)
        if operation is not None and phase_of(operation.name) > 1:
            seen[_half(record.id)] += 1
    done = audit(read_lines(path), load_profile("openai"))
    wrong = {one.id for one in done.objections if phase_of(one.operation) > 1}
    found = Counter(_half(one) for one in wrong)
    return {half: {"exchanges": seen[half], "objected": found[half]} for half in ("even", "odd")}


def _half(name: str) -> str:
    return "odd" if hashlib.sha256(name.encode()).digest()[0] % 2 else "even"


def hold_out(folder: Path) -> dict[str, Any]:
    """`halves` under three contracts, each in a process of its own: schemas are read once."""
    from dataclasses import replace

    from slashv1.spec.compile.contract import SPEC, compile_contract, own_inputs

    document = json.loads(gzip.decompress((folder / "upstream-openapi.json.gz").read_bytes()))
    own = own_inputs()
    found = {}
    for name in ("no overlays", "overlays of the even half", "all overlays"):
        overlays = {family: _kept(name, one) for family, one in own.overlays.items()}
        with tempfile.TemporaryDirectory() as made:
            for file in SPEC.glob("*.json"):
                (Path(made) / file.name).write_bytes(file.read_bytes())
            for path, text in compile_contract(document, replace(own, overlays=overlays)).items():
                target = Path(made) / path
                target.parent.mkdir(exist_ok=True)
                target.write_text(text, "utf-8")
            said = subprocess.run(
                [sys.executable, __file__, str(folder), "--halves-with", made],
                check=True,
                capture_output=True,
                text=True,
            )
        found[name] = json.loads(said.stdout)
    return found


def _kept(name: str, family: Any) -> dict[str, Any]:
    if name == "no overlays":
        return {**family, "entries": []}
    held = name == "all overlays"
    return {**family, "entries": [one for one in family.get("entries", ()) if held or not one.get("held")]}


def markdown(found: dict[str, Any]) -> str:
    """The tables for docs/fidelity.md."""
    counted = found["objections"]
    lines = ["| part | judged | objections |", "|---|---:|---:|"]
    lines += [f"| {p} | {counted[p]['judged']:,} | {counted[p]['objections']:,} |" for p in PARTS]
    lines += ["", "| requests | seen | objected to |", "|---|---:|---:|"]
    lines += [f"| {f} | {n['seen']:,} | {n['objected']:,} |" for f, n in found["requests"]["all"].items()]
    lines += ["", "| operation | fate | seen | objected to |", "|---|---|---:|---:|"]
    lines += [
        f"| {one['operation']} | {one['fate']} | {one['seen']:,} | {one['objected']:,} |"
        for one in found["requests"]["by operation"]
        if one["fate"] != "accepted" or one["objected"]
    ]
    lines += ["", "Refused for the shape and not objected to:", ""]
    lines += [f"- {name}: {count}" for name, count in found["requests"]["missed"].items()] or ["- none"]
    lines += ["", NOTES, ""]
    lines += ["| Responses judged by the schemas of the beta | judged | objected to |", "|---|---:|---:|"]
    lines += [f"| {part} | {n['judged']:,} | {n['objected']:,} |" for part, n in found["beta"].items()]
    lines += ["", *found["census"]]
    lines += ["", "| contract | even half: objected of | odd half: objected of |", "|---|---:|---:|"]
    lines += [
        f"| {name} | {one['even']['objected']} of {one['even']['exchanges']} "
        f"| {one['odd']['objected']} of {one['odd']['exchanges']} |"
        for name, one in found.get("hold-out", {}).items()
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the tables; exit 1 where genuine traffic is objected to."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    default = os.environ.get("SLASHV1_EVIDENCE") or ROOT.parent / "shared" / "evidence"
    parser.add_argument("evidence", nargs="?", type=Path, default=Path(default))
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this page")
    parser.add_argument("--no-hold-out", action="store_true")
    parser.add_argument("--halves-with", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    said = parser.parse_args()
    path = said.evidence / "openai.jsonl.gz"
    if said.halves_with is not None:
        print(json.dumps(halves(path, said.halves_with)))
        return 0
    found: dict[str, Any] = {
        "objections": objections(path),
        "requests": requests(path),
        "beta": beta(path),
        "census": counted(path),
    }
    if not said.no_hold_out:
        found["hold-out"] = hold_out(said.evidence)
    print(markdown(found), end="")
    if said.write is not None:
        from slashv1.harness.mutants.page import inserted

        old = said.write.read_text("utf-8") if said.write.is_file() else ""
        part = f"## Genuine traffic\n\nMeasured on `{path.name}`.\n\n{markdown(found)}"
        said.write.write_text(inserted(old, "genuine", part), "utf-8")
    if said.json is not None:
        said.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 1 if any(found["objections"][part]["objections"] for part in PARTS) else 0


if __name__ == "__main__":
    sys.exit(main())
