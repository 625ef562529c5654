"""Runs playback: `python -m services.playback`."""

import sys

from marquee.playback.v1 import playback_service_pb2_grpc

from services.kit import access_tokens, client, clock, db, events, jwks_keyring, process, service_identity, signing
from services.kit import redis as kit_redis
from services.kit.server import Server
from services.playback import cleanup, config, handlers
from services.playback.linear import (
    as_run_log,
    channel_manifests,
    channel_windows,
    encoded_runs,
    packaged_items,
    schedule_cache,
    timelines,
    track_tables,
)
from services.playback.media import manifests
from services.playback.sessions import channel_sessions, service_clients, session_expiry, stream_slots


async def main() -> None:
    """Wires the service and serves."""
    own = config.read()
    common = own.common
    time = clock.SystemClock()
    database = db.Database(common.database_url, "playback")
    redis = kit_redis.connect(common.redis_url)
    own_identity = service_identity.load("playback", common, time)
    mesh = client.Mesh(own_identity, common.peers)
    authenticator = access_tokens.Authenticator(jwks_keyring.of_identity(mesh), own_identity, time)
    outbox = events.Outbox("playback", database, redis, time)
    slots = stream_slots.StreamSlots(redis)
    clients = service_clients.ServiceClients(mesh, time)
    store, keys = manifests.MediaStore(own.media, common.public_url), signing.SigningKeys(own.keys)
    redis_events = kit_redis.connect(common.redis_url, timeout=None)
    schedules = schedule_cache.ScheduleCache(mesh, redis_events, time)
    tables = track_tables.TrackTables(store)
    items = packaged_items.PackagedItems(clients.load_asset, tables)
    log = as_run_log.AsRunLog(database, schedules, items.get, time)
    loader = timelines.Timelines(log, schedules, time)
    encoders = encoded_runs.EncodedRuns(mesh, time)
    windows = channel_windows.ChannelWindows(log, schedules, items, tables, loader, encoders, time)
    servicer = handlers.Playback(
        database=database,
        outbox=outbox,
        slots=slots,
        clients=clients,
        channels=channel_sessions.ChannelSessions(windows, loader, slots, time),
        channel_media=channel_manifests.ChannelManifests(windows, keys, common.public_url, time),
        store=store,
        keys=keys,
        public_url=common.public_url,
        clock=time,
        shared_clock=db.SharedClock(),
    )
    server = Server(common.listen, authenticator).add(
        playback_service_pb2_grpc.add_PlaybackServiceServicer_to_server, servicer
    )
    expiry = session_expiry.SessionExpiry(database, outbox, slots, db.SharedClock())
    tasks = (
        outbox.relay(),
        expiry.run(),
        cleanup.run(database, time),
        schedules.run(),
        log.run(),
        log.run_clean_up(),
    )
    await process.serve(server, *tasks, metrics_listen=common.metrics_listen)
    await mesh.close()
    await redis.aclose()
    await redis_events.aclose()
    await database.close()


if __name__ == "__main__":
    sys.exit(process.run("playback", main))
