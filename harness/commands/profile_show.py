"""`slashv1 profile show`: what a profile asks for, and what its target is known to do otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from slashv1.harness.commands import completing

if TYPE_CHECKING:
    from slashv1.matrix import Profile


@click.command(help="What a profile asks for. Without a name: the built-in ones.")
@click.argument("name", metavar="[NAME|FILE.yaml]", required=False, shell_complete=completing.profile)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(name: str | None, as_json: bool) -> None:
    """Print it.

    Raises:
        UsageError: no such profile, or a mistake in its file.
    """
    from slashv1.matrix import load_profile, profiles

    if name is None:
        for one in profiles():
            click.echo(f"{one:<12} {load_profile(one).title}")
        return
    profile = load_profile(name)
    if as_json:
        import json

        click.echo(json.dumps(as_values(profile), indent=1, ensure_ascii=False))
        return
    for line in told(profile):
        click.echo(line)


def as_values(profile: Profile) -> dict[str, Any]:
    """The profile, its base included, as JSON values; keys that provoke a refusal are left out."""
    return {
        "name": profile.name,
        "title": profile.title,
        "phase": profile.phase,
        "tier": profile.tier,
        "required": sorted(profile.required),
        "without": sorted(profile.without),
        "levels": dict(profile.levels),
        "extensions": sorted(profile.extensions),
        "headers": {
            "required": list(profile.headers_required),
            "forbidden": list(profile.headers_forbidden),
        },
        "provoke": sorted(profile.provoke),
        "known": [
            {"says": one.says, "checks": list(one.checks), "source": one.source} for one in profile.known
        ],
    }


def told(profile: Profile) -> Iterator[str]:
    """The lines for a reader."""
    from slashv1.harness.judge.engine import checks, level_of

    yield f"{profile.name}: {profile.title}"
    if profile.phase or profile.tier:
        yield f"  tries phases 1 to {profile.phase or 1}, tier {profile.tier or 'standard'}"
    for head, names in (
        ("refusal is a failure", profile.required),
        ("not tried", profile.without),
        ("own fields allowed", profile.extensions),
        ("headers required", profile.headers_required),
        ("headers forbidden", profile.headers_forbidden),
        ("provoked", profile.provoke),
    ):
        if names:
            yield f"  {head}: {', '.join(sorted(names))}"
    moved = [
        f"{check.id}: {check.level} → {level or 'off'}"
        for check in checks().values()
        if (level := level_of(check, profile)) != check.level
    ]
    counts = Counter(str(level_of(check, profile) or "off") for check in checks().values())
    yield f"  checks: {', '.join(f'{number} {level}' for level, number in sorted(counts.items()))}"
    if moved:
        yield f"  {len(moved)} at another level than their own:"
        yield from (f"    {line}" for line in moved)
    if profile.known:
        yield "  known of this target (explains a failure, excuses none):"
        for one in profile.known:
            yield f"    {one.says}"
            shown = f"{', '.join(one.checks)}; " if one.checks else ""
            yield f"      {shown}{one.source}"
