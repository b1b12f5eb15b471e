"""Two results side by side: what has changed beyond the noise."""
import json
import statistics
import sys

from .measure import quartiles

# What two runs of the same code on one machine differ by, medians of 7 rounds: nothing below that is told as a change.
LEAST = 0.05


def noise(row):
    """Half of what lies between the quartiles, as a part of the median, divided by the root of the number of samples as a median's error is."""
    low, median, high = quartiles(row["samples"])
    return 1.25 * (high - low) / 1.35 / max(median, 1e-9) / len(row["samples"]) ** 0.5


def rows_of(report):
    return {(name, row["case"], row["figure"]): row for name, part in report["parts"].items() for row in part["rows"]}


def result(file):
    """What `bench` has left there."""
    try:
        report = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"bench: {file}: cannot be read: {error}")
    if not isinstance(report, dict) or not isinstance(report.get("parts"), dict):
        sys.exit(f"bench: {file}: not a result of bench; it is the bench.json in its folder")
    return report


def compare(old, new):
    """Markdown: each figure that both have; a change is told where it is more than twice the noise of both, and more than 5 %."""
    first, second = result(old), result(new)
    before, after = rows_of(first), rows_of(second)
    text = [f"before: {first['machine']}, commit {first['commit']}", f"after: {second['machine']}, commit {second['commit']}", "",
            "| part | case | figure | before | after | change | noise | |", "|---|---|---|---|---|---|---|---|"]
    for key in before.keys() & after.keys():
        part, case, figure = key
        a, b = statistics.median(before[key]["samples"]), statistics.median(after[key]["samples"])
        if a <= 0:
            continue
        margin = max(LEAST, 2 * (noise(before[key]) ** 2 + noise(after[key]) ** 2) ** 0.5)
        change = b / a - 1
        better = (change > 0) == (figure in second["parts"][part]["more_is_better"])
        verdict = "" if abs(change) <= margin else "better" if better else "worse"
        text.append(f"| {part} | {case} | {figure} | {a:.4g} | {b:.4g} | {change:+.0%} | {margin:.0%} | {verdict} |")
    missing = sorted({key[1] for key in before.keys() ^ after.keys()})
    head, lines = text[:5], sorted(text[5:])
    return "\n".join(head + lines + (["", "only in one of them: " + ", ".join(missing)] if missing else [])) + "\n"
