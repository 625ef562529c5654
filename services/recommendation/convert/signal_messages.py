"""Signals of taste from and into messages."""

from marquee.recommendation.v1 import recommendation_pb2

from services.kit import subjects
from services.recommendation.domain import signals


def signal(told: signals.TasteSignal, display_name: str) -> recommendation_pb2.TasteSignal:
    """Returns one signal."""
    message = recommendation_pb2.TasteSignal(
        signal_id=told.signal_id,
        kind=recommendation_pb2.TasteSignalKind.ValueType(told.kind),
        subject=subjects.title(told.title_id) if told.title_id else None,
        display_name=display_name,
        weight=told.weight,
        paused=told.paused,
    )
    if told.time is not None:
        message.signal_time.FromDatetime(told.time)
    return message
