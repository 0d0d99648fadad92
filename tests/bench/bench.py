#!/usr/bin/python3
"""Measures the server against the limits of the machine it runs on.

usage: bench.py [--quick] [--customers N] [--pairs N] [--seconds S] [NAME...]

NAME is a row of the report or the beginning of one (`check`, `write.c64`);
all without. Whatever is compared is measured in turns, in one run: both
servers up, the order alternating. Writes build/bench/report.json.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import sys
import time

import figures
import measure_process  # noqa: F401 (registers its measures)
import measure_writes  # noqa: F401
import measures
import processes

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
# What a customer takes on disk with three versions of everything, and once
# more for the copy that is written to.
BYTES_PER_CUSTOMER = 2 * 6000
SPARE_BYTES = 2 << 30


class Bench:
    """The settings, the stores, and what runs at the moment."""

    def __init__(self, options):
        self.quick = options.quick
        self.customers = options.customers
        self.pairs = options.pairs or (5 if self.quick else 20)
        self.seconds = options.seconds or (1.0 if self.quick else 3.0)
        self.dir = ROOT / "build" / "bench"
        self.dir.mkdir(parents=True, exist_ok=True)
        self.log = self.dir / "programs.log"
        self.log.unlink(missing_ok=True)
        self.tool = BUILD / "tests" / "partner_bench"
        self.partnerd = BUILD / "bin" / "partnerd"
        self.running = []
        # See measures.readers.
        self.readers = None
        self.scratches = 0
        # Of the store that is written to.
        self.token = "-"
        # When its customers came.
        self.history = "-"

    # --- What runs -----------------------------------------------------------

    def start(self, kind, command):
        program = kind(command, self.log)
        self.running.append(program)
        return program

    def ours(self, directory, *flags):
        return self.start(processes.Server, [
            self.partnerd, "--listen=127.0.0.1:0", "--identity=development",
            "--programs=global", f"--data-dir={directory}", "--create", *flags])

    def task(self, name, **words):
        return self.start(processes.Program, [
            self.tool, name, *(f"{key}={value}"
                               for key, value in words.items())])

    def echo(self, answer="/dev/null"):
        return self.start(processes.Server, [self.tool, "echo",
                                             f"answer={answer}"])

    def stop(self, *programs):
        for program in programs or list(reversed(self.running)):
            program.stop()
            self.running.remove(program)
        if not programs:
            self.readers = None

    def call(self, load, server, what, in_flight, seconds=None, ours=True):
        """One run of a load; what it saw."""
        result = load.ask(**self.words(server, what, in_flight, seconds, ours))
        return self.checked(result)

    def words(self, server, what, in_flight, seconds=None, ours=True):
        return {
            "do": "run", "address": server.address, "pid": server.pid,
            "set": what, "in_flight": in_flight,
            "connections": min(4, in_flight), "ours": int(ours),
            "seconds": self.seconds if seconds is None else seconds,
            "seed": 1, "customers": self.customers,
            # Beyond everybody in the store; a range for each server.
            "first_new": (1 << 40) + (server.pid << 24), "token": self.token,
            "history": self.history}

    @staticmethod
    def checked(result):
        if result["failed"] or result["wrong"] or not result["calls"]:
            raise RuntimeError(
                f"{result['failed']} calls failed, {result['wrong']} were "
                f"answered wrong: {result['error']}")
        return result

    # --- Stores --------------------------------------------------------------

    def store(self):
        """The store that is read, made once and kept."""
        return self.make(self.customers, 2)

    def store_of_a_year(self):
        """As many customers, who came in the course of a year."""
        directory = self.make(self.customers, 2, 365)
        self.history = (directory / "history").read_text()
        return directory

    def make(self, customers, rewrites, days=0):
        header = (ROOT / "server/storage/sqlite/schema.h").read_text()
        version = header.split("kSqliteFormatVersion = ")[1].split(";")[0]
        directory = self.dir / (f"store-{customers}-{rewrites}"
                                f"{f'-{days}days' if days else ''}"
                                f"-format{version}")
        if (directory / "token").exists():
            return directory
        free = shutil.disk_usage(self.dir).free
        need = customers * BYTES_PER_CUSTOMER + SPARE_BYTES
        if free < need:
            raise RuntimeError(
                f"{free >> 30} GiB are free, {customers:,} customers take "
                f"{need >> 30}; use --customers")
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        self.say(f"make a store of {customers:,} customers")
        program = self.task("make", dir=directory, customers=customers,
                            rewrites=rewrites, days=days)
        while (line := program.must_read()).get("documents") is None:
            self.say(f"  {line['step']}: {line['done']:,}")
        self.stop(program)
        return directory

    def scratch(self, source):
        """A copy of a store, for writing."""
        directory = self.dir / "scratch"
        self.scratches += 1
        target = directory / str(self.scratches)
        shutil.copytree(source, target)
        self.token = (source / "token").read_text()
        return target

    def drop_scratch(self):
        shutil.rmtree(self.dir / "scratch", ignore_errors=True)

    # --- Talk ----------------------------------------------------------------

    @staticmethod
    def say(text):
        print(f"    {time.strftime('%H:%M:%S')} {text}", file=sys.stderr,
              flush=True)


def describe_machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info
                      if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} x {model}, load {os.getloadavg()[0]:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--quick", action="store_true",
                        help="fewer and shorter pairs; the report says so")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--seconds", type=float, help="of one run")
    options = parser.parse_args()
    bench = Bench(options)
    bench.drop_scratch()
    chosen = measures.chosen(options.names)
    if not chosen:
        parser.error("no such name; there are: " +
                     " ".join(measures.names()))
    rows, failed = [], []
    machine, start = describe_machine(), time.monotonic()
    for measure in chosen:
        bench.say(measure.names[0])
        try:
            if not measure.reads:
                bench.stop()
            rows += measure.run(bench)
        except (RuntimeError, OSError) as error:
            failed.append(measure.names[0])
            bench.say(f"  failed: {error}")
            bench.stop()
        bench.drop_scratch()
    bench.stop()
    report = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(
            timespec="seconds"),
        "machine": machine, "load_after": os.getloadavg()[0],
        "quick": bench.quick, "pairs": bench.pairs,
        "seconds": bench.seconds, "customers": bench.customers,
        "took_s": round(time.monotonic() - start)}
    print(", ".join(f"{key} {value}" for key, value in report.items()))
    print(figures.table(rows))
    (bench.dir / "report.json").write_text(json.dumps(
        [row.report() for row in rows], indent=1) + "\n")
    (bench.dir / "report.md").write_text(
        "".join(f"{key}: {value}  \n" for key, value in report.items()) +
        "\n" + figures.table(rows) + "\n")
    if failed:
        sys.exit(f"error: not measured: {' '.join(failed)}")


if __name__ == "__main__":
    main()
