"""What is measured, row by row, and against which limit."""

import random
import time

import figures
from figures import Row


class Measure:
    """One measurement; it fills the rows of `names`.

    Those that read share what `readers` started.
    """

    def __init__(self, run, names, reads):
        self.run = run
        self.names = names
        self.reads = reads


MEASURES = []


def measure(*names, reads=False):
    def register(run):
        MEASURES.append(Measure(run, names, reads))
        return run
    return register


def chosen(wanted):
    return [one for one in MEASURES if not wanted or any(
        name.startswith(prefix) for name in one.names for prefix in wanted)]


def names():
    return [name for one in MEASURES for name in one.names]


# --- In turns -----------------------------------------------------------------


def rate(result):
    return result["calls"] / result["seconds"]


def cpu(result):
    """CPU milliseconds of the server for a call: seconds for 1,000."""
    return result["cpu"] * 1000 / result["calls"]


def percentile_ms(histogram, share):
    return figures.percentile(histogram, share) / 1e6


def in_turns(bench, title, runs):
    """Runs each function once a pair, the order alternating; the pairs."""
    for run in runs:
        run()  # Warms caches and connections.
    pairs = []
    for i in range(bench.pairs):
        order = list(range(len(runs)))
        if i % 2:
            order.reverse()
        results = [None] * len(runs)
        for index in order:
            results[index] = runs[index]()
        pairs.append(results)
        if (i + 1) % 5 == 0 or i + 1 == bench.pairs:
            bench.say(f"  {title}: pair {i + 1} of {bench.pairs}")
    return pairs


def compare(name, pairs, figure, unit, target, ours=0, limit=1):
    """A row of the figures of two of the runs, their ratio by pairs."""
    ratio, low, high = figures.median_interval(
        [figure(pair[ours]) / figure(pair[limit]) for pair in pairs])
    middle = [figures.median_interval([figure(pair[i]) for pair in pairs])[0]
              for i in (ours, limit)]
    return Row(name, middle[0], middle[1], unit, ratio, low, high, target)


def compare_tail(name, pairs, target):
    """A row of the 99th percentiles over all runs together."""
    def tails(some):
        return [figures.percentile(
            figures.pooled(pair[i]["times"] for pair in some), 0.99) / 1000
            for i in (0, 1)]

    def ratio(some):
        ours, limit = tails(some)
        return ours / limit
    ours, limit = tails(pairs)
    low, high = figures.resampled(pairs, ratio)
    return Row(name, ours, limit, "us", ours / limit, low, high, target)


def absolute(name, values, bound, unit):
    """A row of figures that must not be more than a number."""
    middle, low, high = figures.median_interval(values)
    return Row(name, middle, bound, unit, middle / bound, low / bound,
               high / bound, "<= 1")


# --- Reading ------------------------------------------------------------------


def readers(bench):
    """Our server on the full store, the echo and a load."""
    if bench.readers is None:
        bench.readers = start_readers(bench)
    return bench.readers


def start_readers(bench):
    ours = bench.ours(bench.store())
    load = bench.task("load")
    answer = bench.dir / "list_answer"
    load.ask(**{**bench.words(ours, "list", 1), "do": "save", "file": answer})
    return ours, bench.echo(answer), load


def against_echo(bench, title, what, in_flight, twice=False):
    ours, echo, load = readers(bench)
    runs = [lambda: bench.call(load, ours, what, in_flight),
            lambda: bench.call(load, echo, what, in_flight, ours=False)]
    if twice:
        runs.append(runs[1])
    return in_turns(bench, title, runs)


def check(bench, in_flight):
    name = f"check.c{in_flight}"
    pairs = against_echo(bench, name, "check", in_flight, twice=True)
    return [
        compare(name, pairs, rate, "calls/s", ">= 0.95"),
        compare(f"{name}.cpu", pairs, cpu, "CPU s/1,000", "<= 1.15"),
        compare_tail(f"{name}.p99", pairs, "<= 1.3"),
        compare(f"{name}.noise", pairs, rate, "calls/s", "", ours=2)]


@measure("check.c1", "check.c1.cpu", "check.c1.p99", "check.c1.noise",
         reads=True)
def check_c1(bench):
    return check(bench, 1)


@measure("check.c64", "check.c64.cpu", "check.c64.p99", "check.c64.noise",
         reads=True)
def check_c64(bench):
    return check(bench, 64)


@measure("check.batch1000", reads=True)
def check_batch(bench):
    pairs = against_echo(bench, "check.batch1000", "batch", 1)
    return [compare("check.batch1000", pairs, rate, "batches/s", ">= 0.6")]


@measure("explain.c1", reads=True)
def explain(bench):
    ours, _, load = readers(bench)
    pairs = in_turns(bench, "explain.c1", [
        lambda: bench.call(load, ours, "explain", 1),
        lambda: bench.call(load, ours, "check", 1)])
    return [compare("explain.c1", pairs,
                    lambda result: 1e6 / rate(result), "us", "<= 2")]


@measure("check.at_past", "check.at_past.p99")
def check_at_past(bench):
    ours, load = bench.ours(bench.store_of_a_year()), bench.task("load")
    runs = [bench.call(load, ours, "past", 1) for _ in range(bench.pairs)]
    return [absolute(name, [percentile_ms(run["times"], share)
                            for run in runs], bound, "ms")
            for name, share, bound in (("check.at_past", 0.5, 3),
                                       ("check.at_past.p99", 0.99, 20))]


@measure("list.page1000", reads=True)
def list_page(bench):
    pairs = against_echo(bench, "list.page1000", "list", 1)
    return [compare("list.page1000", pairs, rate, "pages/s", ">= 0.5")]


@measure("idle.first_call", reads=True)
def first_call(bench):
    ours, _, load = readers(bench)
    warm = bench.call(load, ours, "check", 1, seconds=1)
    warm_ms = percentile_ms(warm["times"], 0.5)
    pauses = random.Random(1)
    calls = 30 if bench.quick else 200
    times = []
    for i in range(calls):
        time.sleep(pauses.uniform(1, 3))
        result = bench.call(load, ours, "check", 1, seconds=0)
        times.append(result["times"][0][0] / 1e6 - warm_ms)
        if (i + 1) % 20 == 0:
            bench.say(f"  idle.first_call: {i + 1} of {calls}")

    def tail(some):
        return sorted(some)[int(len(some) * 0.99)]
    low, high = figures.resampled(times, tail)
    return [Row("idle.first_call", tail(times), 5, "ms", tail(times) / 5,
                low / 5, high / 5, "<= 1")]


@measure("check.inprocess", "check.inprocess.batch")
def check_in_process(bench):
    rounds = max(bench.pairs, 6)
    task = bench.task("check", dir=bench.store(), customers=bench.customers,
                      seed=1, rounds=rounds,
                      checks=100_000 if bench.quick else 1_000_000)
    lines = [task.must_read() for _ in range(rounds)]
    return [absolute(name, [line[key] for line in lines], 300, "ns")
            for name, key in (("check.inprocess", "alone"),
                              ("check.inprocess.batch", "together"))]
