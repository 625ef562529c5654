"""Formats results as Markdown tables and as JSON values."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from tests.evaluation import model_comparison, ranking_metrics

_HEAD = (
    "| model | Recall@20 | NDCG@20 | NDCG@100 | coverage@20 | cold Recall@20 | Recall@20, few | Recall@20, many |\n"
    "|---|---|---|---|---|---|---|---|"
)


def markdown(sections: Sequence[model_comparison.Section]) -> str:
    """Returns the tables of all splits as Markdown."""
    return "\n\n".join(_section(section) for section in sections) + "\n"


def values(sections: Sequence[model_comparison.Section]) -> list[dict[str, Any]]:
    """Returns the results as values that JSON can hold."""
    return [dataclasses.asdict(section) for section in sections]


def _section(section: model_comparison.Section) -> str:
    events = f"{section.train:,} training and {section.relevant:,} test events"
    lines = [f"**{section.split.capitalize()} split**: {section.viewers:,} viewers, {events}.", "", _HEAD]
    for name, each in section.models.items():
        cells = (
            _with_interval(each.recall_20),
            _plain(each.ndcg_20),
            _with_interval(each.ndcg_100),
            f"{each.coverage_20:.3f}",
            _with_interval(each.cold_recall_20),
            _plain(each.recall_20_few),
            _plain(each.recall_20_many),
        )
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "| cold films among themselves | Recall@20 | viewers |", "|---|---|---|"]
    for name, figure in section.rails.items():
        lines.append(f"| {name} | {_with_interval(figure)} | {figure.viewers if figure else 0:,} |")
    return "\n".join(lines)


def _plain(figure: ranking_metrics.Interval | None) -> str:
    return "-" if figure is None else f"{figure.mean:.3f}"


def _with_interval(figure: ranking_metrics.Interval | None) -> str:
    return "-" if figure is None else f"{figure.mean:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
