"""Backfill: the documents without a verdict in a place, split into chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tasks.bucket_comparison import KeyRange, UploadState, Version, compare
from tasks.retried_tasks import retried_task


@dataclass(frozen=True)
class Chunk:
    """A range of keys, and the number of its documents without a verdict.

    Attributes:
        after: The range begins after this key; empty: at the first key.
        until: The last key of the range.
        documents: Documents without a verdict.
    """

    after: str = field(repr=False)
    until: str = field(repr=False)
    documents: int


@dataclass(frozen=True)
class Survey:
    """The documents in a place.

    Attributes:
        counts: Uploads by their state.
        size: Bytes of the documents without a verdict.
        chunks: The ranges of keys with these documents.
    """

    counts: Counter[str]
    size: int
    chunks: tuple[Chunk, ...]


@retried_task(5, 30)
def survey(place: KeyRange, chunk_size: int) -> Survey:
    """Count the documents without a verdict, and split them into chunks of about `chunk_size`.

    A chunk ends with a key, so all versions of a key are in the same chunk.
    """
    counts: Counter[str] = Counter()
    chunks: list[Chunk] = []
    size, documents, after, last = 0, 0, place.after, place.after
    for each in compare(place):
        counts[each.state] += 1
        if each.state is not UploadState.MISSED or not each.version:
            continue
        if documents >= chunk_size and each.version.key != last:
            chunks.append(Chunk(after, last, documents))
            documents, after = 0, last
        documents, size, last = documents + 1, size + each.version.size, each.version.key
    if documents:
        chunks.append(Chunk(after, last, documents))
    return Survey(counts, size, tuple(chunks))


@retried_task(5, 30)
def count_states(place: KeyRange) -> Counter[UploadState]:
    """Count the uploads of a place by their state."""
    return Counter(each.state for each in compare(place))


def find_undecided(place: KeyRange) -> Iterator[Version]:
    """Yield the uploads that have no verdict, in the order of their keys."""
    for each in compare(place):
        if each.state is UploadState.MISSED and each.version:
            yield each.version
