"""Records what an encoder does: its state, its cells with their keys, and what they show."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from services.kit import db, periodic_task
from services.kit.clock import Clock
from services.packager import storage
from services.packager.domain import cells, encoded_tracks, playlist_position
from services.packager.tools import shaka

Result = TypeVar("Result")


class LeaseLost(Exception):
    """Another replica runs the encoder, or an operator has changed it."""


@dataclass(frozen=True, slots=True)
class BegunItem:
    """An item of the playlist that began."""

    at: datetime
    source_uri: str
    position: playlist_position.Position


class RunRecorder:
    """Writes to the database for one owner of an encoder, however long an outage is.

    Every method raises LeaseLost once the encoder has another owner or other settings, so that no two processes write
    cells of a channel.

    Args:
        database: the database of packager.
        clock: gives the times of changes.
        channel_id: the channel.
        owner: the replica.
        generation: the generation of the settings that the encoder runs with.
        key_minutes: how long a content key is used.
    """

    def __init__(
        self, database: db.Database, clock: Clock, channel_id: str, owner: str, generation: int, key_minutes: float
    ) -> None:
        self._database = database
        self._clock = clock
        self._channel_id = channel_id
        self._owner = owner
        self._generation = generation
        self._key_period = max(1, round(timedelta(minutes=key_minutes).total_seconds() / cells.CELL_SECONDS))
        #: The current key, and the cell after those that it encrypts.
        self._key: tuple[shaka.Key, int] | None = None

    async def begin(self) -> tuple[int, playlist_position.ShownItem | None]:
        """Ends what an interrupted run showed; returns the cell after the last one, and the last item."""

        async def change(tx: db.WriteSession) -> tuple[int, playlist_position.ShownItem | None]:
            row = await self._update(tx, speed=0.0)
            await storage.encoder_runs.end_item(tx, self._channel_id, cells.start_of(row["end_cell"]))
            items = await storage.encoder_runs.list_items(tx, self._channel_id, before=None, limit=1)
            shown = [
                playlist_position.ShownItem(
                    item["source_uri"], item["item_index"], item["start_time"], item["start_seconds"]
                )
                for item in items
            ]
            return row["end_cell"], shown[0] if shown else None

        return await self._write(change)

    async def get_key(self, cell: int) -> shaka.Key:
        """Returns the key that encrypts a cell."""

        async def change(tx: db.WriteSession) -> tuple[shaka.Key, int]:
            return await storage.encoder_runs.get_or_add_key(
                tx, self._channel_id, cell, self._key_period, shaka.new_key()
            )

        if self._key is None or cell >= self._key[1]:
            self._key = await self._write(change)
        return self._key[0]

    async def add_cell(
        self,
        run_id: str,
        tracks: Sequence[encoded_tracks.EncodedTrack],
        cell: int,
        begun: Sequence[BegunItem],
        speed: float,
    ) -> None:
        """Records that a cell is complete, and the items that began in it."""

        async def change(tx: db.WriteSession) -> None:
            row = await self._update(tx, end_cell=cell + 1, speed=speed)
            if row["state"] != "running":
                await self._update(tx, state="running", state_time=self._clock.now(), waiting_reason="")
            if await storage.encoder_runs.get_run(tx, run_id) is not None:
                await storage.encoder_runs.extend_run(tx, run_id, cell + 1)
            else:
                row = await self._update(tx, run_count=row["run_count"] + 1)
                run = {
                    "run_id": run_id,
                    "channel_id": self._channel_id,
                    "sequence": row["run_count"] - 1,
                    "first_cell": cell,
                    "end_cell": cell + 1,
                    "tracks": [asdict(track) for track in tracks],
                }
                await storage.encoder_runs.add_run(tx, run)
            for item in begun:
                await storage.encoder_runs.begin_item(
                    tx, self._channel_id, item.at, item.source_uri, item.position.index, item.position.seconds
                )

        await self._write(change)

    async def set_state(self, state: str, waiting_reason: str = "") -> None:
        """Records the state of an encoder that is not running."""

        async def change(tx: db.WriteSession) -> None:
            now = self._clock.now()
            await self._update(tx, state=state, state_time=now, waiting_reason=waiting_reason, speed=0.0)

        await self._write(change)

    async def add_failure(self, message: str, *, restarts: bool) -> None:
        """Records a failure, after which the encoder starts again or skips a source."""

        async def change(tx: db.WriteSession) -> None:
            now = self._clock.now()
            row = await self._update(tx, failure_message=message, failure_time=now)
            if restarts:
                values = {"state": "retrying", "state_time": now, "speed": 0.0}
                await self._update(tx, restart_count=row["restart_count"] + 1, **values)

        await self._write(change)

    async def _update(self, tx: db.WriteSession, **values: Any) -> RowMapping:
        row = await storage.channel_encoders.update_owned(tx, self._channel_id, self._owner, self._generation, **values)
        if row is None:
            raise LeaseLost
        return row

    async def _write(self, change: Callable[[db.WriteSession], Awaitable[Result]]) -> Result:
        async def apply() -> Result:
            async with self._database.transaction() as tx:
                return await change(tx)

        return await periodic_task.until_success("channel encoder", apply)
