#!/usr/bin/env python3
"""Counts the instructions of a few commands and of what they are made of, beside the table that is checked in.

    count.py BLACKSTART [--write]

Counts repeat within 0.1 % where times do not. A row that has grown by more than 5 % ends it with 1; with
--write the table is written anew. Needs valgrind.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict

ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLE = pathlib.Path(__file__).with_name("counts.json")
GROWTH = 1.05
# Twice the cells with twice the balancers.
DOUBLED = 2.2
INRUSH = "scenarios/sessy/port-enabled-into-empty-capacitors-stays-up.json"
WEEK = "scenarios/sessy/outage-at-500-w-then-a-week-ends-chargeable.json"


def profile(arguments):
    """Inclusive instructions and calls of every function of a command, and the command's own."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind"
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *arguments],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        found = re.search(r"Collected : (\d+)", run.stderr)
        if not found or run.returncode not in (0, 1):
            sys.exit(run.stderr)
        names, costs = {}, defaultdict(lambda: [0, 0])
        caller = callee = calls = None
        for line in out.open():
            if line.startswith(("fn=", "cfn=")):
                key, _, name = line.split("=", 1)[1].strip().partition(" ")
                names.setdefault(key, name)
                if line.startswith("fn="):
                    caller = names[key]
                else:
                    callee = names[key]
            elif line.startswith("calls="):
                calls = int(line[6:].split()[0])
            elif calls is not None:
                if caller != callee:
                    costs[callee][0] += calls
                    costs[callee][1] += int(line.split()[1])
                calls = None
        return int(found.group(1)), costs


def of(costs, name, each=None):
    """What a function costs; with `each`, by the calls of another."""
    def total(name):
        found = [cost for function, cost in costs.items() if re.search(name, function)]
        return sum(calls for calls, _ in found), sum(cost for _, cost in found)
    calls, cost = total(name)
    calls = total(each)[0] if each else calls
    return cost / calls if calls else sys.exit(f"nothing calls {each or name}")


def long_pack(root, cells):
    """A project with a pack of so many cells, a balancer across each, for a fifth of a second."""
    shutil.copytree(ROOT / "fixtures/devices", root / "fixtures/devices")
    shutil.copy(ROOT / "fixtures/facts.json", root / "fixtures")
    count = {"value": cells, "source": "derived", "from": "the title"}
    files = {
        "fixtures/devices/long-pack.json": {
            "kind": "device", "extends": "pack-contactors", "parts": {"cells": {"cell_count": count}}},
        "fixtures/systems/long.json": {
            "kind": "system", "nodes": ["bus"],
            "instances": {"pack-1": {"device": "long-pack"}, "bank-1": {"device": "bus-capacitor-5-mf"}},
            "branches": {"pack-1": {"minus": "ground", "plus": "bus"}, "bank-1": {"from": "bus", "to": "ground"}}},
        "scenarios/long.json": {
            "kind": "scenario", "why": "Counted.", "covers": [], "system": "long", "duration_s": 0.2, "events": [],
            "checks": [{"id": "cells", "kind": "reaches", "signal": "pack-1.cells.lowest_voltage_v", "at_least": 1}]},
    }
    for name, file in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(json.dumps({"schema": 1, "title": f"{cells} cells", **file}))
    return str(root / "scenarios/long.json")


def main():
    blackstart = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as out:
        plain = ["--no-plots", "--out", out]
        check, _ = profile([blackstart, "check", INRUSH])
        inrush, ends = profile([blackstart, "run", INRUSH, *plain])
        painted, _ = profile([blackstart, "run", INRUSH, "--out", out])
        week, ticks = profile([blackstart, "run", WEEK, *plain])
        packs = {}
        for cells in (250, 500):
            root = pathlib.Path(out) / f"cells-{cells}"
            packs[cells], _ = profile([blackstart, "run", long_pack(root, cells), *plain, "--no-page"])
    corners, replay = r"corner::corners$", r"replay::replay$"
    of_corners = {run: of(costs, corners) for run, costs in (("inrush", ends), ("week", ticks))}
    rows = {
        "check of one scenario": check,
        "inrush, without its corners": inrush - of_corners["inrush"],
        "inrush": inrush,
        "inrush, one replay with what it takes": of(ends, corners, replay),
        "inrush, plots painted": painted,
        "week, without its corners": week - of_corners["week"],
        "week": week,
        "week, one replay with what it takes": of(ticks, corners, replay),
        "week, one tick": of(ticks, r"Simulation::tick$"),
        **{f"{cells} cells and as many balancers": cost for cells, cost in packs.items()},
    }
    rows = {name: round(cost / 1e6, 3) for name, cost in rows.items()}
    before = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    worse = False
    for name, cost in rows.items():
        known = before.get(name)
        share = f"{100 * (cost / known - 1):+7.1f} %" if known else "    new"
        grown = known is None or cost > GROWTH * known
        worse |= grown
        print(f"{name:42} {cost:10.3f} M {share}{'  GROWN' if grown else ''}")
    doubled = packs[500] / packs[250]
    print(f"twice the cells and balancers cost {doubled:.2f} times as much, {DOUBLED} are allowed")
    if doubled > DOUBLED:
        sys.exit("cells and balancers cost more than in proportion")
    if "--write" in sys.argv:
        TABLE.write_text(json.dumps(rows, indent=2) + "\n")
    elif worse:
        sys.exit("a row has grown by more than 5 %, or is new: see why, or write the table anew with --write")


if __name__ == "__main__":
    main()
