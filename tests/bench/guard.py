#!/usr/bin/python3
"""Counts the instructions of fixed work; fails when they grew.

usage: guard.py [--renew] PROGRAM

Counts depend on compiler and libraries, not on the machine or its load, so
they are kept in guard_counts.json for the packages of Debian 12. --renew
writes them anew.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

COUNTS = pathlib.Path(__file__).with_name("guard_counts.json")
# Hash tables are seeded by addresses, which may move a little.
GROWTH_MAX = 0.05
NAMESPACE = "partner::hierarchy::"
COMMANDS = ["CreateInvitation", "ForwardInvitation", "AcceptInvitation",
            "GrantAdminRelationship", "TerminateAdminRelationship"]


def functions():
    """Name of each count, and the functions whose instructions it sums."""
    context = f"{NAMESPACE}DecisionContext const&"
    view = f"({NAMESPACE}AccessView const&, "
    counted = {
        "CheckAccess": [f"{NAMESPACE}Resolve{view}{NAMESPACE}Principal const&, "
                        f"{NAMESPACE}v1::AccessQuery const&)",
                        f"{NAMESPACE}Check{view}"]}
    for command in COMMANDS:
        counted[command] = [f"{NAMESPACE}Decide({context}, "
                            f"{NAMESPACE}v1::{command}Request const&)"]
    return counted


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"error: {command[0]} failed: {done.stdout[-500:]}"
                 f"{done.stderr[-1500:]}")
    return done.stdout


def count(program):
    """Instructions by name, called functions included."""
    with tempfile.TemporaryDirectory() as directory:
        out = f"{directory}/callgrind.out"
        # Without address randomisation every run hashes alike; where that is
        # refused, counts differ by less than is forgiven.
        fixed = ["setarch", "-R"]
        if subprocess.run([*fixed, "true"], capture_output=True,
                          check=False).returncode != 0:
            fixed = []
        run([*fixed, "valgrind", "--tool=callgrind",
             f"--callgrind-out-file={out}", program])
        text = run(["callgrind_annotate", "--inclusive=yes", "--threshold=100",
                    "--show-percs=no", out])
    counts = {}
    for name, prefixes in functions().items():
        counts[name] = 0
        for prefix in prefixes:
            found = re.findall(r"^ *([\d,]+) +\S*?:?" + re.escape(prefix),
                               text, re.M)
            if len(found) != 1:
                sys.exit(f"error: {len(found)} functions are called {prefix}")
            counts[name] += int(found[0].replace(",", ""))
    return counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--renew", action="store_true")
    options = parser.parse_args()
    counts = count(options.program)
    if options.renew:
        COUNTS.write_text(json.dumps(counts, indent=1) + "\n")
        return
    expected = json.loads(COUNTS.read_text())
    slower = []
    for name, now in counts.items():
        growth = now / expected[name] - 1
        print(f"{name}: {now:,} instructions, {growth:+.1%}")
        if growth > GROWTH_MAX:
            slower.append(name)
    if slower:
        sys.exit(f"error: more than {GROWTH_MAX:.0%} slower: "
                 f"{', '.join(slower)}. If that is meant: guard.py --renew")


if __name__ == "__main__":
    main()
