"""The result of an import, as a message."""

from marquee.catalog.v1 import catalog_admin_service_pb2

from services.catalog.domain import import_report

_LONGEST_FIELD = 200


def message(report: import_report.Report) -> catalog_admin_service_pb2.ImportTitlesResponse:
    """Returns the result of an import."""
    return catalog_admin_service_pb2.ImportTitlesResponse(
        row_count=report.row_count,
        created_count=report.created_count,
        updated_count=report.updated_count,
        unchanged_count=report.unchanged_count,
        error_count=report.error_count,
        errors=[
            catalog_admin_service_pb2.ImportRowError(
                row=bad.row, field=_printable(bad.field), message=_printable(bad.message)
            )
            for bad in report.errors
        ],
        committed=report.committed,
    )


def _printable(text: str) -> str:
    """Returns a part of a row as a message can hold it."""
    return text[:_LONGEST_FIELD].encode("utf-8", "replace").decode()
