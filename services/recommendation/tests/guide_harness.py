"""The guide of recommendation, connected as in production, and fakes of epg and entitlement."""

import dataclasses
import itertools
from datetime import timedelta

from marquee.entitlement.v1 import entitlement_internal_pb2, entitlement_internal_pb2_grpc
from marquee.epg.v1 import epg_internal_pb2, epg_internal_pb2_grpc, epg_pb2
from marquee.event.v1 import event_internal_pb2
from marquee.type.v1 import type_pb2

from services.kit import entitled_channels, errors, ids, testing, timestamps
from services.recommendation import event_consumer
from services.recommendation.guide import guide_store, schedule_loader, text_embedder, tonight_service

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Epg(epg_internal_pb2_grpc.EpgInternalServiceServicer):
    """Has the channels and the schedules that a test has added."""

    def __init__(self):
        self.channels = {}
        self.items = {}
        self.is_down = False
        #: The channels whose schedules were requested.
        self.calls = []

    def put(self, channel, *items):
        """Adds a channel with its schedule, or replaces both; returns its id."""
        self.channels[channel.channel_id] = channel
        self.items[channel.channel_id] = items
        return channel.channel_id

    async def StreamChannelFacts(self, request, rpc):
        self._check_is_up()
        for channel in self.channels.values():
            yield epg_internal_pb2.StreamChannelFactsResponse(
                facts=[
                    epg_internal_pb2.ChannelFacts(
                        channel_id=channel.channel_id,
                        hidden=channel.hidden,
                        maturity_rating=channel.maturity_rating if channel.HasField("maturity_rating") else None,
                        territories=channel.territories,
                    )
                ]
            )

    async def GetSchedule(self, request, rpc):
        self._check_is_up()
        self.calls.append(request.channel_id)
        if request.channel_id not in self.channels:
            raise errors.NotFound("There is no such channel.", reason="CHANNEL_NOT_FOUND", domain="epg.marquee")
        start, end = timestamps.to_datetime(request.start_time), timestamps.to_datetime(request.end_time)
        return epg_internal_pb2.GetScheduleResponse(
            channel=self.channels[request.channel_id],
            items=[
                item
                for item in self.items[request.channel_id]
                if timestamps.to_datetime(item.end_time) > start and timestamps.to_datetime(item.start_time) < end
            ],
        )

    def _check_is_up(self):
        if self.is_down:
            raise errors.DatabaseUnavailable


class Entitlement(entitlement_internal_pb2_grpc.EntitlementInternalServiceServicer):
    """Returns the channels that a test has set for accounts; None stands for all. Other accounts have none."""

    def __init__(self):
        self.channel_ids = {}
        self.is_down = False

    async def ListEntitledChannels(self, request, rpc):
        if self.is_down:
            raise errors.DatabaseUnavailable
        channel_ids = self.channel_ids.get(request.account_id, ())
        return entitlement_internal_pb2.ListEntitledChannelsResponse(
            all_channels=channel_ids is None, channel_ids=channel_ids or ()
        )


@dataclasses.dataclass
class Guide:
    """The parts of the guide, and the fakes behind it."""

    world: object
    epg: Epg
    entitlement: Entitlement
    epg_stub: object
    store: guide_store.GuideStore
    loader: schedule_loader.ScheduleLoader
    embedder: text_embedder.TextEmbedder
    service: tonight_service.TonightService

    async def handle_event(self, **payload):
        """Has the consumer handle an event."""
        event = event_internal_pb2.Event(event_id=ids.new(), **payload)
        async with self.world.database.transaction() as tx:
            await event_consumer.on_event(tx, event)

    async def change(self, *channel_ids):
        """Has epg report that the schedules of channels changed, and loads and embeds them."""
        for channel_id in channel_ids:
            await self.handle_event(schedule_changed=event_internal_pb2.ScheduleChanged(channel_id=channel_id))
        await self.update()

    async def put(self, channel, *items):
        """Adds or replaces a channel with its schedule, and loads and embeds it; returns its id."""
        await self.change(self.epg.put(channel, *items))
        return channel.channel_id

    async def update(self):
        """Loads what changed, embeds it, and loads it into memory."""
        await self.loader.load()
        await self.embedder.embed()
        await self.store.load()


def fakes_of_guide():
    """Returns the fakes, and their registrations."""
    epg, entitlement = Epg(), Entitlement()
    return (
        epg,
        entitlement,
        (
            (epg_internal_pb2_grpc.add_EpgInternalServiceServicer_to_server, epg),
            (entitlement_internal_pb2_grpc.add_EntitlementInternalServiceServicer_to_server, entitlement),
        ),
    )


def build(world, mesh, gatherer, epg, entitlement):
    """Returns the guide of an app."""
    epg_stub = epg_internal_pb2_grpc.EpgInternalServiceStub(mesh.channel("epg"))
    entitlement_stub = entitlement_internal_pb2_grpc.EntitlementInternalServiceStub(mesh.channel("entitlement"))
    store = guide_store.GuideStore(world.database, world.title_store, world.vector_index)
    entitled = entitled_channels.EntitledChannels(world.clock, entitlement_stub.ListEntitledChannels)
    return Guide(
        world,
        epg,
        entitlement,
        epg_stub,
        store,
        schedule_loader.ScheduleLoader(world.database, epg_stub, world.title_store, world.clock),
        text_embedder.TextEmbedder(world.database, world.embedding_client, world.clock),
        tonight_service.TonightService(gatherer, store, entitled, world.clock),
    )


_numbers = itertools.count(1)


def a_channel(*, catch_up=timedelta(days=7), start_over=True, **changes):
    """Returns a channel of epg."""
    number = next(_numbers)
    values = {
        "channel_id": ids.new(),
        "number": number,
        "display_name": f"Channel {number}",
        "language_codes": ["en"],
        "time_shift": epg_pb2.TimeShiftRules(
            start_over=start_over, catch_up_window=timestamps.from_timedelta(catch_up) if catch_up else None
        ),
        **changes,
    }
    return epg_pb2.Channel(**values)


def an_item(start, hours=1.0, name="News", *, title_id="", episode_id="", age=None, **changes):
    """Returns a programme of a schedule that begins so many hours from now."""
    begin = testing.NOW + start * HOUR
    on_demand = type_pb2.Subject(episode_id=episode_id) if episode_id else type_pb2.Subject(title_id=title_id)
    return epg_internal_pb2.ScheduleItem(
        programme_id=ids.new(),
        start_time=timestamps.from_datetime(begin),
        end_time=timestamps.from_datetime(begin + hours * HOUR),
        display_names={"en": name},
        on_demand=on_demand if title_id or episode_id else None,
        maturity_rating=None if age is None else type_pb2.MaturityRating(age=age),
        **changes,
    )
