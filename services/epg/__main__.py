"""Runs epg: `python -m services.epg`."""

import sys

from marquee.entitlement.v1 import entitlement_internal_pb2_grpc
from marquee.epg.v1 import (
    epg_admin_service_pb2_grpc,
    epg_internal_pb2_grpc,
    epg_service_pb2_grpc,
    personal_guide_service_pb2_grpc,
)

from services.epg import cleanup, config, event_consumer, replica_sync, worker
from services.epg.guide import change_log, channel_index, guide_cache, schedule_writer, search_service
from services.epg.handlers import admin, channel_lists, guide, internal, personal_guide
from services.epg.imports import guide_importer, source_fetcher
from services.epg.personal import channel_orders, guide_watch, reminder_notifier
from services.kit import (
    access_tokens,
    client,
    clock,
    db,
    entitled_channels,
    events,
    jwks_keyring,
    process,
    service_identity,
)
from services.kit import redis as kit_redis
from services.kit.server import Server


async def main() -> None:
    """Wires the service and serves."""
    settings = config.read()
    common = settings.common
    time = clock.SystemClock()
    database = db.Database(common.database_url, "epg")
    redis = kit_redis.connect(common.redis_url)
    redis_events = kit_redis.connect(common.redis_url, timeout=None)
    own_identity = service_identity.load("epg", common, time)
    mesh = client.Mesh(own_identity, common.peers)
    authenticator = access_tokens.Authenticator(jwks_keyring.of_identity(mesh), own_identity, time)

    index = channel_index.ChannelIndex()
    programmes = guide_cache.GuideCache(time, database)
    changes = change_log.ChangeLog()
    watch = guide_watch.GuideWatch(database, index, programmes, changes, time)
    outbox = events.Outbox("epg", database, redis, time)
    sync = replica_sync.GuideSync(database, redis_events, index, programmes, changes)
    entitlement = entitlement_internal_pb2_grpc.EntitlementInternalServiceStub(mesh.channel("entitlement"))
    entitled = entitled_channels.EntitledChannels(time, entitlement.ListEntitledChannels)
    orders = channel_orders.ChannelOrders(database, redis, index, time)
    lists = channel_lists.ChannelLists(index, entitled, orders, time)
    searcher = search_service.SearchService(database, time)
    writer = schedule_writer.ScheduleWriter(outbox)
    importer = guide_importer.GuideImporter(database, outbox, writer, time)
    consumer = events.Consumer("epg", event_consumer.AREAS, database, redis_events, event_consumer.consume)
    notifier = reminder_notifier.ReminderNotifier(database, outbox, db.SharedClock())
    fetcher = source_fetcher.SourceFetcher(settings.guide_hosts, guide_importer.MAX_FILE_BYTES)
    refresher = worker.SourceRefresher(database, fetcher, importer, sync.note_changes, time)
    server = (
        Server(common.listen, authenticator)
        .add(
            epg_service_pb2_grpc.add_EpgServiceServicer_to_server,
            guide.Epg(database, index, programmes, lists, watch, searcher, time),
        )
        .add(
            personal_guide_service_pb2_grpc.add_PersonalGuideServiceServicer_to_server,
            personal_guide.PersonalGuide(database, index, time),
        )
        .add(
            epg_internal_pb2_grpc.add_EpgInternalServiceServicer_to_server,
            internal.EpgInternal(database),
        )
        .add(
            epg_admin_service_pb2_grpc.add_EpgAdminServiceServicer_to_server,
            admin.EpgAdmin(database, outbox, writer, importer, sync, index, programmes, fetcher, refresher, time),
        )
    )
    await process.serve(
        server,
        outbox.relay(),
        sync.run(),
        consumer.run(),
        notifier.run(),
        cleanup.run(database, time),
        refresher.run(),
        loaded=sync.channels.loaded.wait,
        metrics_listen=common.metrics_listen,
    )
    await mesh.close()
    await redis.aclose()
    await redis_events.aclose()
    await database.close()


if __name__ == "__main__":
    sys.exit(process.run("epg", main))
