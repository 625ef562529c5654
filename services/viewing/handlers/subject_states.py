"""What the cards of a screen show of a profile."""

from typing import Any

from marquee.type.v1 import type_pb2
from marquee.viewing.v1 import viewing_pb2, viewing_service_pb2

from services.kit import watchable_subjects
from services.viewing import convert, storage
from services.viewing.handlers import base


class SubjectStates(base.Base):
    """The states of several subjects at once."""

    async def BatchGetSubjectStates(
        self, request: viewing_service_pb2.BatchGetSubjectStatesRequest, rpc: Any
    ) -> viewing_service_pb2.BatchGetSubjectStatesResponse:
        """Gets the bookmark, the rating and the marks of several subjects."""
        profile_id = base.owner().profile_id
        ids = [watchable_subjects.require(subject, "title_id", "episode_id") for subject in request.subjects]
        async with self._database.reading() as session:
            marks = await storage.title_states.marks(session, profile_id, ids)
            bookmarks = await storage.bookmarks.of_episodes(session, profile_id, ids)

        def state(subject: type_pb2.Subject, subject_id: str) -> viewing_pb2.SubjectState:
            if subject.HasField("episode_id"):
                return convert.state_message(subject, None, bookmarks.get(subject_id))
            row = marks.get(subject_id)
            bookmark = storage.bookmarks.from_row(row) if row and row.update_time else None
            return convert.state_message(subject, row, bookmark)

        return viewing_service_pb2.BatchGetSubjectStatesResponse(states=map(state, request.subjects, ids))
