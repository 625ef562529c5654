"""Helpers for `marquee.type.v1.Subject`, which names one thing that can be watched."""

from marquee.type.v1 import type_pb2

from services.kit import errors


def title(title_id: str) -> type_pb2.Subject:
    """Returns the subject that names a title."""
    return type_pb2.Subject(title_id=title_id)


def episode(episode_id: str) -> type_pb2.Subject:
    """Returns the subject that names an episode."""
    return type_pb2.Subject(episode_id=episode_id)


def channel(channel_id: str) -> type_pb2.Subject:
    """Returns the subject that names a channel."""
    return type_pb2.Subject(channel_id=channel_id)


def programme(programme_id: str) -> type_pb2.Subject:
    """Returns the subject that names a programme."""
    return type_pb2.Subject(programme_id=programme_id)


def key(subject: type_pb2.Subject) -> tuple[str, str]:
    """Returns the kind of a subject, such as `title_id`, and its id; two empty strings if it names nothing."""
    kind = subject.WhichOneof("id")
    return (kind, getattr(subject, kind)) if kind else ("", "")


def from_key(kind: str, subject_id: str) -> type_pb2.Subject:
    """Returns the subject of a kind, such as `title_id`, with an id. The inverse of `key`."""
    return type_pb2.Subject(**{kind: subject_id})


def metadata(subject: type_pb2.Subject) -> dict[str, str]:
    """Returns the id of a subject under the name of its kind, as ErrorInfo metadata carries it."""
    kind, subject_id = key(subject)
    return {kind: subject_id} if kind else {}


def require(subject: type_pb2.Subject, *kinds: str) -> str:
    """Returns the id of a subject. Raises SubjectNotSupported if it is not of one of these kinds."""
    kind, subject_id = key(subject)
    if kind not in kinds:
        raise errors.SubjectNotSupported(kind)
    return subject_id


def not_found(subject: type_pb2.Subject) -> errors.NotFound:
    """Returns the error that says that there is no such title, episode, channel or programme."""
    kind, subject_id = key(subject)
    match kind:
        case "episode_id":
            return errors.EpisodeNotFound(subject_id)
        case "channel_id" | "programme_id":
            noun = kind.removesuffix("_id")
            return errors.NotFound(
                f"There is no such {noun}.",
                reason=f"{noun.upper()}_NOT_FOUND",
                domain="epg.marquee",
                metadata={kind: subject_id},
            )
        case _:
            return errors.TitleNotFound(subject_id)
