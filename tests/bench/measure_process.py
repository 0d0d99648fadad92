"""The process as a whole: memory and start."""

from measures import absolute, compare, measure


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
