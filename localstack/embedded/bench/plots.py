"""Draws plots as SVG, with what only measuring needs installed (`requirements/measure.txt`)."""

import importlib
from math import ceil, floor, log10
from pathlib import Path
from typing import Any, Final

from embedded.bench.findings import Plot

# Told apart by everybody (Okabe and Ito), and by their marks without color.
_COLORS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKS: Final = "osD^vP"
_STYLE: Final = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "svg.fonttype": "none",
    # The same figures are drawn to the same bytes.
    "svg.hashsalt": "boxoffice",
}


def draw(plot: Plot, folder: Path) -> Path:
    """Draw it to its file in this folder."""
    # Not imported above: checks run where it is not installed.
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    with matplotlib.rc_context(_STYLE):
        figure, axes = pyplot.subplots(figsize=(8.4, 4.0), layout="constrained")
        _fill(axes, plot)
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{plot.name}.svg"
        figure.savefig(target, metadata={"Date": None, "Creator": None}, facecolor="white")
        pyplot.close(figure)
    # One line a file must end with, and no blanks at the end of others.
    lines = (line.rstrip() for line in target.read_text().splitlines())
    target.write_text("\n".join(lines) + "\n")
    return target


def _fill(axes: Any, plot: Plot) -> None:
    for line, color, mark in zip(plot.lines, _COLORS, _MARKS, strict=False):
        axes.plot(plot.xs, line.values, color=color, marker=mark, markersize=5, label=line.label)
    if plot.goal is not None:
        axes.plot(plot.xs, plot.goal.values, color="#555555", linestyle="--", label=plot.goal.label)
    axes.set_title(plot.title, loc="left", fontsize=11)
    axes.set_xlabel(plot.x_label)
    axes.set_ylabel(plot.y_label)
    axes.set_xscale("log")
    axes.set_xticks(plot.xs, [f"{x:,.0f}" for x in plot.xs])
    axes.minorticks_off()
    if plot.is_y_logarithmic:
        axes.set_yscale("log")
        axes.set_yticks(_ticks(*axes.get_ylim()))
        axes.minorticks_off()
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    else:
        axes.set_ylim(bottom=0)
    # Beside the lines: on them it would hide some.
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _ticks(least: float, most: float) -> list[float]:
    """1, 2, 5, 10, 20 ... as far as they lie between these."""
    decades = range(floor(log10(least)), ceil(log10(most)))
    every = [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
    return [tick for tick in every if least <= tick <= most]
