"""What `slashv1 init` writes."""

from __future__ import annotations

WORKFLOW_PATH = ".github/workflows/slashv1.yml"

CONFIGURATION = """\
# slashv1: which endpoint is judged, and how. Every option of `slashv1 check` may stand here by its name.
# Precedence, the later winning: this file, its [targets.NAME], variables SLASHV1_…, the command line.
# Paths are relative to this file. Secrets have no place here: name the variable that holds them.

target = "gateway"            # what `slashv1 check` judges without --target
# profile = "openai"          # openai, pragmatic, or a file of your own
# tier = "standard"           # quick, standard, full
# strict = false              # true: a SHOULD fails too
# waivers = "waivers.yaml"    # known deviations; `slashv1 check --waivers-update` writes it
# baseline = "baseline.json"  # a run record: fail where something got worse, and only there
# max-requests = 400          # send nothing if more would be needed
# select = ["chat.completions.create::*"]

[targets.gateway]
base-url = "https://gateway.example/v1"
api-key-env = "GATEWAY_KEY"   # the variable that holds the key
# model = "gpt-4o-mini"       # else one that the target lists
# embedding-model = "text-embedding-3-small"
# header = ["x-tenant: ${TENANT}"]

# [targets.staging]           # slashv1 check --target staging
# base-url = "https://staging.gateway.example/v1"
# api-key-env = "STAGING_KEY"
# tier = "full"
"""

WORKFLOW = """\
name: slashv1
on:
  pull_request:
  workflow_dispatch:
jobs:
  conformance:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install slashv1
      # exit 0: conforms, 1: deviates (or regressed, with a baseline), 2: nothing was learnt
      - run: slashv1 check --report-json run.json --html report.html --junit junit.xml
        env:
          GATEWAY_KEY: ${{ secrets.GATEWAY_KEY }}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: slashv1
          path: |
            run.json
            report.html
            junit.xml
"""

PROFILE = """\
# A profile of slashv1: what counts of a target. `slashv1 profile lint` checks the names in it.
title: What our gateway promises
extends: EXTENDED

# phase: 1                  # phases 1 to N, where no option says so
# tier: standard            # quick, standard, full

# Operations and tags that the target is said to offer: their refusal is a failure, an honest refusal of
# anything else is unsupported. `slashv1 matrix` lists both.
# capabilities: [chat.completions.create, models.list, plain, usage, system, multi-turn, tools, tool-results]

# Fields of your own that are allowed: a key or glob at any place, or a path.
# extensions: [reasoning_content, usage.cost]

# Response headers that every answer has, and those that none has; names or globs.
# headers:
#   required: [x-request-id]
#   forbidden: [server, x-litellm-*]

# Tags whose cases are not tried.
# without: [strictness]

# By check or glob; the last that matches wins.
# levels:
#   headers.*: MAY
#   error.code: MUST

# What it is known to do otherwise: told beside a failure, and excuses none (waivers do).
# known:
#   - says: no request id on streams
#     checks: [headers.request-id]
#     source: https://tracker.example/17
"""
