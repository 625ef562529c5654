"""Measures embedding all films, ListSimilarTitles, and its recall."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg
import grpc
import numpy as np
import numpy.typing as npt
from marquee.catalog.v1 import catalog_admin_service_pb2, catalog_admin_service_pb2_grpc
from marquee.recommendation.v1 import (
    embedding_admin_service_pb2,
    embedding_admin_service_pb2_grpc,
    recommendation_service_pb2,
    recommendation_service_pb2_grpc,
)

from deploy.local import process_environment, secret_files, settings
from services.kit import testing, watchable_subjects
from tests.bench import h2load
from tests.local_platform import Platform

_SIMILAR, _QUERIES = 400, 200
_NEAREST = 12
_LOG_SECONDS = 1.0
#: The measurement fails after so many seconds.
_LONGEST_SECONDS = 1800
_POLL_SECONDS = 0.5
#: The token is renewed after so many seconds; it is valid for a quarter of an hour.
_TOKEN_SECONDS = 300

Vectors: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Embedding:
    """The number of titles with vectors, and the seconds since the start of the import."""

    titles: int
    seconds: float


def wait_until_embedded(platform: Platform, log_in: Callable[[], str], imported: int, began: float) -> Embedding:
    """Waits until every title with a text has a vector; returns the seconds since `began`.

    Args:
        platform: where titles are embedded as they come.
        log_in: answers an editor's token, which ends sooner than this may take.
        imported: how many titles there must be at least, before all of them can have one.
        began: when the import began, by `time.perf_counter`.
    """
    renewed = began
    metadata = testing.bearing(log_in())
    with grpc.insecure_channel(platform.address) as channel:
        admin = embedding_admin_service_pb2_grpc.EmbeddingAdminServiceStub(channel)
        while True:
            if time.perf_counter() - renewed > _TOKEN_SECONDS:
                renewed, metadata = time.perf_counter(), testing.bearing(log_in())
            status = admin.GetEmbeddingStatus(
                embedding_admin_service_pb2.GetEmbeddingStatusRequest(), metadata=metadata
            )
            seconds = time.perf_counter() - began
            if status.fresh_count + status.textless_count >= status.title_count >= imported:
                return Embedding(status.fresh_count, seconds)
            if seconds > _LONGEST_SECONDS:
                raise h2load.LoadFailed(f"{status.title_count - status.fresh_count} titles have no vector yet")
            time.sleep(_POLL_SECONDS)


def wait_until_known(platform: Platform, token: str, imported: int) -> None:
    """Waits until recommendation has read all imported titles."""
    began = time.perf_counter()
    with grpc.insecure_channel(platform.address) as channel:
        admin = embedding_admin_service_pb2_grpc.EmbeddingAdminServiceStub(channel)
        request = embedding_admin_service_pb2.GetEmbeddingStatusRequest()
        while admin.GetEmbeddingStatus(request, metadata=testing.bearing(token)).title_count < imported:
            if time.perf_counter() - began > _LONGEST_SECONDS:
                raise h2load.LoadFailed("recommendation does not take in what was imported")
            time.sleep(_POLL_SECONDS)


def wait_until_enriched(platform: Platform, log_in: Callable[[], str]) -> None:
    """Waits until the enrichment of titles has ended."""
    began = time.perf_counter()
    with grpc.insecure_channel(platform.address) as channel:
        admin = catalog_admin_service_pb2_grpc.CatalogAdminServiceStub(channel)
        request, waiting = catalog_admin_service_pb2.GetEnrichmentStatusRequest(), 1
        while waiting:
            if time.perf_counter() - began > _LONGEST_SECONDS:
                raise h2load.LoadFailed(f"{waiting} titles are not filled in yet")
            waiting = admin.GetEnrichmentStatus(request, metadata=testing.bearing(log_in())).queued_count
            time.sleep(10 * _POLL_SECONDS)


def read_vectors(platform: Platform) -> tuple[list[str], Vectors]:
    """Returns all titles with their vectors in the database."""
    chosen = settings.read(platform.environment)
    url = process_environment.service_database("recommendation", chosen, secret_files.load(chosen))
    rows = asyncio.run(_read(url.replace("postgresql+asyncpg://", "postgresql://")))
    # The binary form of a vector begins with its length.
    numbers = [np.frombuffer(sent, dtype=">f4", offset=4).astype(np.float32) for _, sent in rows]
    return [str(title_id) for title_id, _ in rows], np.stack(numbers)


def measure_similar_titles(platform: Platform, token: str, title_ids: list[str]) -> list[float]:
    """Returns the latencies of ListSimilarTitles: sorted milliseconds from the log of the service."""
    with grpc.insecure_channel(platform.service_address("recommendation")) as channel:
        stub = recommendation_service_pb2_grpc.RecommendationServiceStub(channel)
        for title_id in random.Random(36_273).sample(title_ids, _SIMILAR):
            request = recommendation_service_pb2.ListSimilarTitlesRequest(subject=watchable_subjects.title(title_id))
            stub.ListSimilarTitles(request, metadata=testing.bearing(token))
    time.sleep(_LOG_SECONDS)
    lines = (json.loads(line) for line in (platform.home / "logs" / "recommendation.log").read_text().splitlines())
    times = [line["milliseconds"] for line in lines if line.get("method", "").endswith("/ListSimilarTitles")]
    if len(times) < _SIMILAR:
        raise h2load.LoadFailed(f"the log holds {len(times)} questions for similar titles only")
    return sorted(times[-_SIMILAR:])


def measure_recall(platform: Platform, token: str, title_ids: list[str], held: Vectors) -> float:
    """Returns the recall: the mean share of the nearest titles, by exact search, that the service returns."""
    shares = []
    with grpc.insecure_channel(platform.service_address("recommendation")) as channel:
        stub = recommendation_service_pb2_grpc.RecommendationServiceStub(channel)
        for place in random.Random(1).sample(range(len(title_ids)), _QUERIES):
            scores = held @ held[place]
            scores[place] = -np.inf
            nearest = {title_ids[row] for row in np.argsort(-scores, kind="stable")[:_NEAREST]}
            request = recommendation_service_pb2.ListSimilarTitlesRequest(
                subject=watchable_subjects.title(title_ids[place]), page_size=_NEAREST
            )
            answer = stub.ListSimilarTitles(request, metadata=testing.bearing(token))
            shares.append(len(nearest & {item.subject.title_id for item in answer.items}) / _NEAREST)
    return float(np.mean(shares))


async def _read(url: str) -> list[tuple[object, bytes]]:
    connection = await asyncpg.connect(url)
    try:
        return [
            (row["title_id"], row["sent"])
            for row in await connection.fetch(
                "SELECT title_id, vector_send(vector) AS sent FROM recommendation.title_vector"
                " WHERE current AND vector IS NOT NULL ORDER BY title_id"
            )
        ]
    finally:
        await connection.close()
