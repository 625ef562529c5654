"""Windows of channels, and the addresses of a session."""

from services.playback.linear import addresses, runs
from services.playback.tests import packaged_files

LINKS = addresses.Addresses(
    session_path="/api/v1/playback/sessions/S",
    license_url="https://tv.example/license?token=T&x=1",
    playlist_query="?token=T&from=7",
    key_query="?token=T",
    media_queries={packaged_files.an_asset_id(number): f"?token=M{number}" for number in range(10)},
)


def a_window(*asset_numbers, first=1_000, end=None, segments=3):
    """Returns the runs of items in a row, 0 for an item without media."""
    items = []
    for position, number in enumerate(asset_numbers):
        asset_id = packaged_files.an_asset_id(number) if number else ""
        items.append(runs.AiredItem(1_000 + position * segments, segments, "p", asset_id, 0, segments, 40))
    return runs.runs_in(runs.renumber(items), first, end or items[-1].end_cell)


def tables(**by_number):
    """Returns tables by the ids of their assets, which are given as `a1=...`."""
    return {table.asset_id: table for table in by_number.values()}
