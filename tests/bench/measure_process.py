"""The process as a whole: memory, start, the first call after silence."""

import random
import time

import figures
from measures import Row, absolute, compare, measure, percentile_ms


def repeats(bench):
    return 3 if bench.quick else 7


@measure("memory.per_customer")
def memory(bench):
    def loaded(source):
        server = bench.ours(source)
        size = server.rss()
        bench.stop(server)
        return size
    empty = bench.make(0, 0)
    sizes = [(loaded(bench.store()) - loaded(empty)) / bench.customers
             for _ in range(repeats(bench))]
    return [absolute("memory.per_customer", sizes, 250, "bytes")]


@measure("start.1m")
def start(bench):
    def ours():
        server = bench.ours(bench.store())
        bench.stop(server)
        return server.start_s

    def scan():
        task = bench.task("scan", dir=bench.store())
        seconds = task.must_read()["seconds"]
        bench.stop(task)
        return seconds
    scan()
    pairs = []
    for i in range(repeats(bench)):
        first, second = (ours, scan) if i % 2 == 0 else (scan, ours)
        pair = [first(), second()]
        pairs.append(pair if i % 2 == 0 else pair[::-1])
        bench.say(f"  start.1m: pair {i + 1}: {pairs[-1][0]:.1f} s, "
                  f"scan {pairs[-1][1]:.1f} s")
    return [compare("start.1m", pairs, float, "s", "<= 3")]


@measure("idle.first_call")
def first_call(bench):
    ours = bench.ours(bench.store())
    load = bench.task("load")
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
