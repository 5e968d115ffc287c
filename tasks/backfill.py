"""What a place still has to be read, and in which chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.bucket_comparison import Found, Place, Version, compare
from tasks.errors import may_work_later, only_our_errors


@dataclass(frozen=True)
class Chunk:
    """A span of keys, and how many documents of it have no verdict; an empty `until` is open."""

    after: str = field(repr=False)
    until: str = field(repr=False)
    documents: int


@dataclass(frozen=True)
class Survey:
    """What a place holds: counts, bytes without a verdict, and the chunks that these are in."""

    counts: Counter[str]
    size: int
    chunks: tuple[Chunk, ...]


@task(
    retries=2,
    retry_delay_seconds=[5, 30],
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def survey(place: Place, chunk_size: int) -> Survey:
    """Count what has no verdict yet, and cut the keys into chunks of about so many documents.

    A chunk ends with a key, so all versions of a key are in one.
    """
    counts: Counter[str] = Counter()
    chunks: list[Chunk] = []
    size, documents, after, last = 0, 0, place.after, place.after
    for each in compare(place):
        counts[each.found] += 1
        if each.found is not Found.MISSED or not each.version:
            continue
        if documents >= chunk_size and each.version.key != last:
            chunks.append(Chunk(after, last, documents))
            documents, after = 0, last
        documents, size, last = documents + 1, size + each.version.size, each.version.key
    if documents:
        chunks.append(Chunk(after, last, documents))
    return Survey(counts, size, tuple(chunks))


def unread(place: Place) -> Iterator[Version]:
    """Go through what has no verdict, in the order of the keys."""
    for each in compare(place):
        if each.found is Found.MISSED and each.version:
            yield each.version
