"""The results as Markdown tables and as a plot."""
import re
import subprocess


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def of_any_java(case):
    return re.sub(r", JDK \d+", " of the same JDK", case)


def cell(row):
    text = f"{number(row['median'])} ({number(row['low'])} to {number(row['high'])})"
    return text + (f" = {row['ratio']:.2f}" if "ratio" in row else "")


def tables(report):
    """Medians, quartiles, and how often the median of the peer, which is named under the table."""
    text = [f"{report['machine']}, commit {report['commit']}: medians (quartiles) of {report['rounds']} rounds by turns, = ratio to the peer\n"]
    for part in report["parts"].values():
        figures = [figure for figure in part["units"] if any(row["figure"] == figure for row in part["rows"])]
        head = [f"{figure}, {part['units'][figure]}" for figure in figures]
        text.append(f"\n### {part['title']}\n\n| | " + " | ".join(head) + " |\n|---|" + "---|" * len(head))
        for case in dict.fromkeys(row["case"] for row in part["rows"]):
            rows = {row["figure"]: row for row in part["rows"] if row["case"] == case}
            text.append(f"| {case} | " + " | ".join(cell(rows[figure]) if figure in rows else "" for figure in figures) + " |")
        peers = dict.fromkeys((row["figure"], of_any_java(row["peer"])) for row in part["rows"] if "peer" in row)
        text.append(f"\nLoad of the machine at the beginning: {part['load']}."
                    + "".join(f" {figure.capitalize()} beside {peer}." for figure, peer in peers))
    return "\n".join(text) + "\n"


PLOT = """set terminal svg noenhanced size 1000,{height} font "sans-serif,11" background "white"
set output "{out}"
set multiplot layout {count},1
set style fill solid 0.5
set boxwidth 0.6
unset key
set xrange [0:*]
set grid x
set lmargin 48
"""

PANEL = """set title "{title}"
set xlabel "{unit}"
set yrange [{top}:-0.6]
plot $data{index} using 2:0:(0):2:($0-0.3):($0+0.3):ytic(1) with boxxyerror linecolor rgb "#4c78a8", \\
     $data{index} using 2:0:3:4 with xerrorbars linecolor rgb "#222222" pointtype 0
"""


def plot(report, out):
    """An SVG by gnuplot: a panel for the first figure of each part, a bar for each case, quartiles as whiskers."""
    panels, height = [], 0
    for index, part in enumerate(report["parts"].values()):
        figure = next(iter(part["units"]))
        rows = [row for row in part["rows"] if row["figure"] == figure and row["median"] > 0]
        lines = [f'"{row["case"]}" {row["median"]} {row["low"]} {row["high"]}' for row in rows]
        panels.append(f"$data{index} << EOD\n" + "\n".join(lines) + "\nEOD\n" + PANEL.format(
            title=f"{part['title']}: {figure}", unit=part["units"][figure], top=len(rows) - 0.4, index=index))
        height = max(height, 22 * len(rows) + 90)
    script = PLOT.format(height=height * len(panels), out=out, count=len(panels)) + "\n".join(panels)
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
