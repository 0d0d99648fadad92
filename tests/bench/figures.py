"""What is made of the numbers: medians with their intervals, percentiles."""

import dataclasses
import math
import random
import statistics


def median_interval(values):
    """Median and its 95 % interval, by the order of the values alone.

    With fewer than six values no such interval exists: the range is given.
    """
    ordered = sorted(values)
    n = len(ordered)
    skipped, below = 0, 0.0
    while skipped < n // 2:
        below += math.comb(n, skipped) * 0.5 ** n
        if below > 0.025:
            break
        skipped += 1
    skipped = max(skipped - 1, 0)
    return (statistics.median(ordered), ordered[skipped],
            ordered[n - 1 - skipped])


def pooled(histograms):
    counts = {}
    for histogram in histograms:
        for least, count in histogram:
            counts[least] = counts.get(least, 0) + count
    return sorted(counts.items())


def percentile(histogram, share):
    """Nanoseconds most calls stay below, from [least of a class, count]."""
    left = share * sum(count for _, count in histogram)
    for least, count in histogram:
        left -= count
        if left <= 0:
            return least
    return histogram[-1][0]


def resampled(pairs, figure, times=200):
    """Interval of `figure(pairs)`, drawing the pairs anew again and again."""
    draw = random.Random(1)
    drawn = sorted(figure(draw.choices(pairs, k=len(pairs)))
                   for _ in range(times))
    return drawn[round(times * 0.025)], drawn[round(times * 0.975) - 1]


@dataclasses.dataclass
class Row:
    """One line of the report. `target` is `>= 0.95` or `<= 300`."""
    name: str
    ours: float
    limit: float
    unit: str
    ratio: float
    low: float
    high: float
    target: str

    @property
    def met(self):
        """Whether the interval reaches the target; None without one."""
        if not self.target:
            return None
        sign, bound = self.target.split()
        return (self.high >= float(bound) if sign == ">="
                else self.low <= float(bound))

    def report(self):
        fields = dataclasses.asdict(self)
        for name in ("ours", "limit", "ratio", "low", "high"):
            fields[name] = float(f"{fields[name]:.4g}")
        return {**fields, "met": self.met}


def table(rows):
    """The rows as Markdown."""
    lines = ["| name | ours | limit | unit | ratio | 95 % interval | target |"
             " met |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        cell = row.report()
        met = {True: "yes", False: "**no**", None: ""}[row.met]
        lines.append(
            f"| {row.name} | {cell['ours']:,.6g} | {cell['limit']:,.6g} | "
            f"{row.unit} | {row.ratio:.3f} | {row.low:.3f} - {row.high:.3f} | "
            f"{row.target.replace('>=', '≥').replace('<=', '≤')} | {met} |")
    return "\n".join(lines)
