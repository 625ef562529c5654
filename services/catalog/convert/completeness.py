"""The completeness of titles, as a message."""

from typing import Any, cast

from marquee.catalog.v1 import catalog_admin_service_pb2

from services.catalog.domain import completeness, titles
from services.kit import localization


def report(
    report: completeness.Report, shown: int, next_page_token: str
) -> catalog_admin_service_pb2.GetCompletenessReportResponse:
    """Returns a report with the first incomplete titles."""
    return catalog_admin_service_pb2.GetCompletenessReportResponse(
        title_count=report.titles,
        complete_count=report.complete,
        mean_score=report.mean,
        fields=[
            catalog_admin_service_pb2.FieldCompleteness(
                field=cast("Any", field), title_count=counted.wanted, complete_count=counted.had
            )
            for field, counted in report.fields.items()
        ],
        titles=[_incomplete(title) for title in report.lacking[:shown]],
        next_page_token=next_page_token,
    )


def _incomplete(title: completeness.Lacking) -> catalog_admin_service_pb2.IncompleteTitle:
    return catalog_admin_service_pb2.IncompleteTitle(
        title_id=title.title_id,
        display_name=titles.text_in(title.document["texts"], localization.DEFAULT_LANGUAGE, "display_name"),
        type=cast("Any", title.type),
        state=cast("Any", title.state),
        score=title.score / completeness.WHOLE,
        missing_fields=[cast("Any", field) for field in title.missing],
        empty_season_numbers=title.empty_seasons,
    )
