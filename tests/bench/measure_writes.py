"""Writing, against plain SQLite that commits the same rows."""

import figures
from measures import (Row, absolute, compare, in_turns, measure, percentile_ms,
                      rate)

WRITERS = 64


def writers(bench, source, what):
    """Our server and plain SQLite, each on a copy of a store; a load."""
    directory = bench.scratch(source)
    raw = bench.task("raw", dir=directory, set=what, token=bench.token)
    return bench.ours(bench.scratch(source)), raw, bench.task("load")


@measure("write.c1")
def write_one(bench):
    source = bench.make(0, 0)
    ours, raw, load = writers(bench, source, "create")
    echo = bench.echo()
    pairs = in_turns(bench, "write.c1", [
        lambda: bench.call(load, ours, "create", 1),
        lambda: raw.ask(group=1, seconds=bench.seconds),
        lambda: bench.call(load, echo, "create", 1, ours=False)])
    # Microseconds for one.
    each = [[1e6 / rate(result) for result in pair] for pair in pairs]
    ratio, low, high = figures.median_interval(
        [(raw_us + echo_us) / ours_us for ours_us, raw_us, echo_us in each])
    return [Row("write.c1",
                figures.median_interval([pair[0] for pair in each])[0],
                figures.median_interval([sum(pair[1:]) for pair in each])[0],
                "us", ratio, low, high, ">= 0.8")]


def write_many(bench, name, source, what):
    ours, raw, load = writers(bench, source, what)
    pairs = in_turns(bench, name, [
        lambda: bench.call(load, ours, what, WRITERS),
        lambda: raw.ask(group=WRITERS, seconds=bench.seconds)])
    return [compare(name, pairs, rate, "commands/s", ">= 0.6")]


@measure("write.c64.distinct")
def write_distinct(bench):
    return write_many(bench, "write.c64.distinct", bench.make(0, 0), "create")


@measure("write.c64.one_invitation")
def write_one_invitation(bench):
    return write_many(bench, "write.c64.one_invitation", bench.make(0, 0),
                      "accept")


@measure("write.c64.full_store")
def write_full_store(bench):
    return write_many(bench, "write.c64.full_store", bench.store(), "create")


@measure("commit.beside_batches")
def commit_beside_batches(bench):
    ours = bench.ours(bench.scratch(bench.store()))
    writer, reader = bench.task("load"), bench.task("load")

    def run():
        reader.send(**bench.words(ours, "batch", 1))
        result = bench.call(writer, ours, "create", 1)
        bench.checked(reader.must_read())
        return result
    pairs = in_turns(bench, "commit.beside_batches", [run])
    return [absolute("commit.beside_batches",
                     [percentile_ms(pair[0]["times"], 0.99)
                      for pair in pairs], 5, "ms")]
