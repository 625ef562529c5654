"""What clients saw happen."""

from typing import Any

from marquee.viewing.v1 import viewing_pb2

from services.viewing import convert
from services.viewing.handlers import base


class Recording(base.Base):
    """Takes events."""

    async def RecordEvents(
        self, request: viewing_pb2.RecordEventsRequest, rpc: Any
    ) -> viewing_pb2.RecordEventsResponse:
        """Puts events on the bus, a batch in one piece; the worker counts them."""
        owner = base.owner()
        taken = convert.recorded(request.events, self._clock.now())
        if taken:
            async with self._database.transaction() as tx:
                await self._ledger.record(tx, owner, taken)
        return viewing_pb2.RecordEventsResponse(accepted_count=len(taken))
