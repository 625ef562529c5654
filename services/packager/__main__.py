"""Runs packager: `python -m services.packager`."""

import sys

from marquee.packager.v1 import (
    channel_encoder_admin_service_pb2_grpc,
    packager_admin_service_pb2_grpc,
    packager_internal_pb2_grpc,
)

from services.kit import access_tokens, client, db, events, jobs, jwks_keyring, periodic_task, process, service_identity
from services.kit import redis as kit_redis
from services.kit.clock import SystemClock
from services.kit.server import Server
from services.packager import cleanup, config, handlers, worker
from services.packager.encoders import segment_store, source_locator, supervisor


async def main() -> None:
    """Builds the service and serves until it is stopped."""
    own = config.read()
    common = own.common
    clock = SystemClock()
    database = db.Database(common.database_url, "packager")
    redis = kit_redis.connect(common.redis_url)
    outbox = events.Outbox("packager", database, redis, clock)
    own_identity = service_identity.load("packager", common, clock)
    mesh = client.Mesh(own_identity, common.peers)
    authenticator = access_tokens.Authenticator(jwks_keyring.of_identity(mesh), own_identity, clock)
    admission = handlers.Admission(own.sources, own.demo_allowed, own.feed_schemes)
    job_runner = worker.JobRunner(database, outbox, clock, own.media, own.sources, demo_allowed=own.demo_allowed)
    workers = jobs.Worker(common.database_url, "packager", {handlers.JOB: job_runner.run}, concurrency=own.jobs_at_once)
    segments = segment_store.SegmentStore(own.media)
    encoders = supervisor.EncoderSupervisor(
        database,
        clock,
        db.SharedClock(),
        segments,
        source_locator.SourceLocator(segments, own.sources, demo_allowed=own.demo_allowed),
        feed_schemes=own.feed_schemes,
        key_minutes=own.key_minutes,
    )
    server = (
        Server(common.listen, authenticator)
        .add(
            packager_admin_service_pb2_grpc.add_PackagerAdminServiceServicer_to_server,
            handlers.PackagerAdmin(database, clock, admission),
        )
        .add(
            channel_encoder_admin_service_pb2_grpc.add_ChannelEncoderAdminServiceServicer_to_server,
            handlers.ChannelEncoderAdmin(database, clock, admission),
        )
        .add(
            packager_internal_pb2_grpc.add_PackagerInternalServiceServicer_to_server,
            handlers.PackagerInternal(database),
        )
    )

    # Only concerns assets that have ended, so it may run beside the jobs.
    leftovers = periodic_task.until_success("leftover removal", job_runner.remove_leftovers, retry_faults=True)

    own.media.mkdir(parents=True, exist_ok=True)
    tasks = (workers.run(), encoders.run(), cleanup.Cleanup(database, clock, segments).run(), leftovers)
    await process.serve(server, outbox.relay(), *tasks, metrics_listen=common.metrics_listen)
    await mesh.close()
    await redis.aclose()
    await database.close()


if __name__ == "__main__":
    sys.exit(process.run("packager", main))
