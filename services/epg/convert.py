"""Converts values of epg to messages, and back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from google.protobuf import duration_pb2, json_format
from marquee.epg.v1 import epg_admin_service_pb2, epg_internal_pb2, epg_pb2, epg_service_pb2
from marquee.type.v1 import type_pb2

from services.epg.domain import channel_ranking, channels, guide_sources, reminders, schedules
from services.kit import localization, timestamps, watchable_subjects

#: Fields of a programme that are stored as they are.
_PLAIN_FIELDS = ("season_number", "episode_number", "first_run", "live")
_LOCALIZED_FIELDS = ("display_names", "episode_display_names", "synopses")


def channel_message(channel: channels.Channel) -> epg_pb2.Channel:
    """Returns the message of a channel."""
    return epg_pb2.Channel(
        channel_id=channel.channel_id,
        number=channel.number,
        display_name=channel.display_name,
        images=[type_pb2.Image(**image) for image in channel.images],
        language_codes=channel.language_codes,
        genre_id=channel.genre_id,
        high_definition=channel.high_definition,
        country_code=channel.country_code,
        time_zone=channel.time_zone,
        maturity_rating=_rating_message(channel.maturity_rating),
        territories=sorted(channel.territories),
        time_shift=epg_pb2.TimeShiftRules(
            start_over=channel.start_over,
            catch_up_window=_duration_message(channel.catch_up_window),
            start_padding=_duration_message(channel.start_padding),
            end_padding=_duration_message(channel.end_padding),
        ),
        hidden=channel.hidden,
        etag=channel.etag,
        kind=epg_pb2.ChannelKind.ValueType(channel.kind),
        filler=watchable_subjects.from_key(*channel.filler) if channel.filler else None,
    )


def shown_channel(channel: channels.Channel) -> epg_pb2.Channel:
    """Returns the message of a channel for viewers: its filler may be a title that they may not know of."""
    message = channel_message(channel)
    message.ClearField("filler")
    return message


def channel(message: epg_pb2.Channel) -> channels.Channel:
    """Returns the channel of a message, without the fields that are output only."""
    return channels.Channel(
        channel_id=message.channel_id,
        number=message.number,
        display_name=message.display_name,
        images=tuple(map(_image_fields, message.images)),
        language_codes=tuple(message.language_codes),
        genre_id=message.genre_id,
        high_definition=message.high_definition,
        country_code=message.country_code,
        time_zone=message.time_zone,
        maturity_rating=_rating_fields(message.maturity_rating) if message.HasField("maturity_rating") else None,
        territories=frozenset(message.territories),
        start_over=message.time_shift.start_over,
        catch_up_window=_whole_seconds(message.time_shift, "catch_up_window"),
        start_padding=_whole_seconds(message.time_shift, "start_padding"),
        end_padding=_whole_seconds(message.time_shift, "end_padding"),
        kind=message.kind or epg_pb2.CHANNEL_KIND_ASSEMBLED,
        filler=watchable_subjects.key(message.filler) if message.HasField("filler") else None,
        hidden=message.hidden,
    )


def channel_filter(message: epg_service_pb2.ChannelFilter, entitled_ids: frozenset[str] | None) -> channels.Filter:
    """Returns the filter of a message, with the channels that the packages of the account hold; None for all."""
    return channels.Filter(
        genre_id=message.genre_id,
        language_code=message.language_code,
        country_code=message.country_code,
        query=message.query,
        channel_ids=frozenset(message.channel_ids),
        entitled_ids=entitled_ids,
    )


def programme_message(
    programme: schedules.Programme, channel: channels.Channel, language_code: str, maturity_ceiling: int
) -> epg_pb2.Programme:
    """Returns the message of a programme for viewers; one above the ceiling has its channel and times only."""
    scheduled, details = programme.scheduled, programme.scheduled.details
    message = epg_pb2.Programme(channel_id=channel.channel_id)
    timestamps.put_datetime(message.start_time, scheduled.start_time)
    timestamps.put_datetime(message.end_time, scheduled.end_time)
    if scheduled.is_above(maturity_ceiling):
        message.restricted = True
        return message
    message.programme_id = programme.programme_id
    message.display_name = localization.choose(details["display_names"], language_code)
    message.episode_display_name = localization.choose(details.get("episode_display_names", {}), language_code)
    message.synopsis = localization.choose(details.get("synopses", {}), language_code)
    message.genre_ids.extend(details.get("genre_ids", ()))
    for name in _PLAIN_FIELDS:
        if name in details:
            setattr(message, name, details[name])
    if rating := details.get("maturity_rating"):
        message.maturity_rating.CopyFrom(type_pb2.MaturityRating(**rating))
    message.images.extend(type_pb2.Image(**image) for image in details.get("images", ()))
    if channel.catch_up_window:
        timestamps.put_datetime(message.catch_up_end_time, scheduled.end_time + channel.catch_up_window)
    return message


def rank_message(channel_id: str, rank: channel_ranking.Rank) -> epg_pb2.ChannelRank:
    """Returns the message that says why a channel has its place in the personal order."""
    return epg_pb2.ChannelRank(
        channel_id=channel_id,
        favorite=rank.is_favorite,
        score=rank.score,
        parts=[
            epg_pb2.RankPart(
                factor=epg_pb2.RankFactor.ValueType(part.factor), value=part.value, contribution=part.contribution
            )
            for part in rank.parts
        ],
    )


def reminder_message(
    reminder: reminders.Reminder, channel: channels.Channel, language_code: str, maturity_ceiling: int
) -> epg_pb2.Reminder:
    """Returns the message of a reminder."""
    return epg_pb2.Reminder(
        reminder_id=reminder.reminder_id,
        programme=programme_message(reminder.programme, channel, language_code, maturity_ceiling),
        lead_time=timestamps.from_timedelta(reminder.lead_time),
        remind_time=timestamps.from_datetime(reminder.remind_time),
        state=epg_pb2.ReminderState.ValueType(reminder.state),
    )


def channel_facts(channel: channels.Channel) -> epg_internal_pb2.ChannelFacts:
    """Returns what decides who may see a channel, for other services."""
    return epg_internal_pb2.ChannelFacts(
        channel_id=channel.channel_id,
        hidden=channel.hidden,
        maturity_rating=_rating_message(channel.maturity_rating),
        territories=sorted(channel.territories),
    )


def programme_facts(channel_id: str, programme: schedules.Programme) -> epg_internal_pb2.ProgrammeFacts:
    """Returns what decides who may see a programme, for other services."""
    return epg_internal_pb2.ProgrammeFacts(
        programme_id=programme.programme_id,
        channel_id=channel_id,
        maturity_rating=_rating_message(programme.scheduled.details.get("maturity_rating")),
        start_time=timestamps.from_datetime(programme.scheduled.start_time),
        end_time=timestamps.from_datetime(programme.scheduled.end_time),
    )


def schedule_item(programme: schedules.Programme) -> epg_internal_pb2.ScheduleItem:
    """Returns the message of a programme of a schedule, for other services."""
    details = programme.scheduled.details
    return epg_internal_pb2.ScheduleItem(
        programme_id=programme.programme_id,
        start_time=timestamps.from_datetime(programme.scheduled.start_time),
        end_time=timestamps.from_datetime(programme.scheduled.end_time),
        display_names=details["display_names"],
        on_demand=watchable_subjects.from_key(*details["on_demand"]) if "on_demand" in details else None,
        maturity_rating=_rating_message(details.get("maturity_rating")),
        episode_display_names=details.get("episode_display_names"),
        synopses=details.get("synopses"),
        genre_ids=details.get("genre_ids"),
    )


def scheduled(message: epg_admin_service_pb2.ScheduledProgramme) -> schedules.Scheduled:
    """Returns the programme of a message."""
    details: dict[str, Any] = {name: dict(texts) for name in _LOCALIZED_FIELDS if (texts := getattr(message, name))}
    details |= {name: value for name in _PLAIN_FIELDS if (value := getattr(message, name))}
    if message.genre_ids:
        details["genre_ids"] = list(message.genre_ids)
    if message.HasField("maturity_rating"):
        details["maturity_rating"] = _rating_fields(message.maturity_rating)
    if message.images:
        details["images"] = [_image_fields(image) for image in message.images]
    if message.HasField("on_demand"):
        details["on_demand"] = list(watchable_subjects.key(message.on_demand))
    return schedules.Scheduled(
        start_time=timestamps.to_datetime(message.start_time),
        end_time=timestamps.to_datetime(message.end_time),
        details=details,
        source_key=message.source_key,
    )


def changes_message(changes: schedules.Changes) -> epg_admin_service_pb2.ScheduleChanges:
    """Returns the message that counts what a merge wrote."""
    return epg_admin_service_pb2.ScheduleChanges(
        created_count=len(changes.created),
        updated_count=len(changes.updated),
        deleted_count=len(changes.deleted_ids),
        unchanged_count=changes.unchanged_count,
    )


def guide_source_message(source: guide_sources.GuideSource) -> epg_admin_service_pb2.GuideSource:
    """Returns the message of a source."""
    message = epg_admin_service_pb2.GuideSource(
        options=import_options(source.options), uri=source.uri, etag=source.etag
    )
    if source.refresh_interval:
        message.refresh_interval.CopyFrom(timestamps.from_timedelta(source.refresh_interval))
    if source.next_refresh_time:
        message.next_refresh_time.CopyFrom(timestamps.from_datetime(source.next_refresh_time))
    if source.last_refresh:
        message.last_refresh.CopyFrom(guide_refresh(source.last_refresh))
    return message


def guide_source(message: epg_admin_service_pb2.GuideSource) -> guide_sources.GuideSource:
    """Returns the source of a message, without the fields that are output only."""
    return guide_sources.GuideSource(
        source=message.options.source,
        uri=message.uri,
        options=json_format.MessageToDict(message.options, preserving_proto_field_name=True),
        refresh_interval=timestamps.optional_timedelta(message, "refresh_interval"),
    )


def import_options(fields: Mapping[str, Any]) -> epg_admin_service_pb2.ImportOptions:
    """Returns the options that a source is stored with."""
    return json_format.ParseDict(dict(fields), epg_admin_service_pb2.ImportOptions(), ignore_unknown_fields=True)


def guide_refresh(fields: Mapping[str, Any]) -> epg_admin_service_pb2.GuideRefresh:
    """Returns what came of a fetch, as it is stored."""
    return json_format.ParseDict(dict(fields), epg_admin_service_pb2.GuideRefresh(), ignore_unknown_fields=True)


def guide_refresh_fields(message: epg_admin_service_pb2.GuideRefresh) -> Mapping[str, Any]:
    """Returns the form in which the outcome of a fetch is stored."""
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def refresh_result(
    response: epg_admin_service_pb2.ImportGuideResponse,
) -> epg_admin_service_pb2.ImportGuideResponse:
    """Returns what is kept of the response of an import: counts, without channels and examples."""
    kept = epg_admin_service_pb2.ImportGuideResponse()
    kept.CopyFrom(response)
    kept.ClearField("channels")
    for problems in kept.problems:
        problems.ClearField("examples")
    return kept


def _rating_fields(message: type_pb2.MaturityRating) -> Mapping[str, Any]:
    return {"age": message.age, "system": message.system, "label": message.label}


def _rating_message(fields: Mapping[str, Any] | None) -> type_pb2.MaturityRating | None:
    return type_pb2.MaturityRating(**fields) if fields else None


def _image_fields(message: type_pb2.Image) -> Mapping[str, Any]:
    return {"kind": message.kind, "uri": message.uri, "width": message.width, "height": message.height}


def _duration_message(duration: timedelta) -> duration_pb2.Duration | None:
    return timestamps.from_timedelta(duration) if duration else None


def _whole_seconds(message: epg_pb2.TimeShiftRules, field: str) -> timedelta:
    duration = timestamps.optional_timedelta(message, field) or timedelta(0)
    return timedelta(seconds=int(duration.total_seconds()))
