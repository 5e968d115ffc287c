"""Speed of reading and deciding: on one core and on two, from a cold start, and its memory.

    python -m benchmarks.speed stages [--documents 30] [--seed 2026]
    python -m benchmarks.speed large [--documents 8] [--seed 2026]
    python -m benchmarks.speed scaling [--documents 8] [--rounds 4] [--seed 2026]
    python -m benchmarks.speed start [--rounds 3]
    python -m benchmarks.speed memory [--documents 1000]

Time is processor time of the processes that do the work, so that a busy machine gives the same
figures; wall-clock times are marked. The results are stored in benchmarks/results for
docs/performance.md.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import wraps
from io import BytesIO
from itertools import combinations, count, islice, product
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from PIL import Image
from rich.progress import track

from benchmarks import results
from benchmarks.corpus.captures import Capture
from benchmarks.corpus.documents import Sample, capture_of, sample, samples
from benchmarks.corpus.papers import TODAY
from benchmarks.processes import cpu_of_family, megabytes
from benchmarks.readers import docverify as networks
from docverify.policy import STANDARD
from docverify.reading import local, models, text_location
from docverify.reading.files.limits import Limits
from docverify.verdict import judge
from tasks.engines.reader_process import ReaderProcess

STAGES = {
    "check and decode the file": ("read_pages",),
    "barcodes": ("find_barcodes",),
    "text detection": ("find_text",),
    "MRZ": ("search_mrz", "find_mrz", "find_further_mrzs"),
    "recognition of printed text": ("read_line", "read_lines"),
    "quality and fingerprint": ("measure_quality", "compute_fingerprint"),
    "portraits": ("find_faces",),
    "image evidence": ("measure_evidence",),
    "provenance": ("read_provenance",),
}
"""The functions of each stage, as the modules of WATCHED name them."""

WATCHED = (local, text_location)

WHOLE, JUDGE, NETWORKS = "whole reading", "parse, check and decide", "neural networks"
MEGAPIXELS = (4000, 3000)
SPECIMENS = Path(__file__).parents[1] / "specimens"
WITH_MRZ = ("passport.jpg", "passport-altered.jpg", "passport-photo.jpg", "identity-card.png")
SMALL = 480  # pixels: the longer side of the smallest document
ROUND = 20  # documents that are read repeatedly; the memory is measured after each round
SETTLED = 100  # documents after which the memory of a process has settled
SECONDS = 75.0
STARTS = {
    "import prefect": "import prefect",
    "import the flow": "import flows.document_verification",
    "import the reading": "import docverify.reading.local",
    "import the reading, load the networks": (
        "from docverify.reading import local, models; models.load()"
    ),
}


class Stopwatch:
    """Processor time by stage; the time of a nested stage does not count for the outer one."""

    def __init__(self, clock: Callable[[], float] = process_time) -> None:
        """Start at zero; `clock` returns seconds."""
        self.clock = clock
        self.seconds: dict[str, float] = {}
        self._inner = [0.0]

    def timed(self, stage: str, do: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function so that its own time is added up, including the time of its generator."""

        @wraps(do)
        def wrapped(*args: Any, **options: Any) -> Any:
            self._inner.append(0.0)
            start = self.clock()
            try:
                found = do(*args, **options)
                return list(found) if isinstance(found, Iterator) else found
            finally:
                whole, inner = self.clock() - start, self._inner.pop()
                self._inner[-1] += whole
                self.seconds[stage] = self.seconds.get(stage, 0.0) + whole - inner

        return wrapped


@contextmanager
def _watched(watch: Stopwatch) -> Iterator[None]:
    """Measure each stage of the reading."""
    with ExitStack() as undo:
        for stage, names in STAGES.items():
            for module, name in product(WATCHED, names):
                own = getattr(module, name, None)
                if own is not None:
                    undo.callback(setattr, module, name, own)
                    setattr(module, name, watch.timed(stage, own))
        yield


def stages(documents: int, seed: int) -> Mapping[str, object]:
    """Read and decide documents of the corpus; return the seconds of each by stage."""
    _load_watched_networks()
    drawn = list(samples(seed, documents))
    seconds = [_one(each) for each in track(drawn, "stages")]
    captures = [each.truth["capture"] for each in drawn]
    return {
        "captures": captures,
        "bytes": [len(each.content) for each in drawn],
        "seconds": seconds,
    }


def _load_watched_networks() -> None:
    load = models._session
    models._session = lambda path: networks.Timed(load(path))
    models.load()
    local.read((SPECIMENS / WITH_MRZ[0]).read_bytes())


def _one(each: Sample) -> dict[str, float]:
    watch, before = Stopwatch(), networks.networks
    start = process_time()
    with _watched(watch):
        reading = local.read(each.content)
    whole = process_time() - start
    start = process_time()
    judge(reading, today=TODAY, policy=STANDARD)
    judged = process_time() - start
    own = {WHOLE: whole, NETWORKS: networks.networks - before, JUDGE: judged}
    return watch.seconds | own


def large(documents: int, seed: int) -> Mapping[str, object]:
    """Read and decide photos of twelve megapixels."""
    _load_watched_networks()
    places = (place for place in count() if _is_photo(capture_of(place)))
    photos = [sample(seed, place) for place in islice(places, documents)]
    enlarged = [Sample(each.name, _enlarged(each.content), each.truth) for each in photos]
    return {"seconds": [_one(each) for each in track(enlarged, "12 megapixels")]}


def _is_photo(capture: Capture | None) -> bool:
    return capture is not None and capture.name == "photo"


def _enlarged(content: bytes) -> bytes:
    image, written = Image.open(BytesIO(content)), BytesIO()
    size = MEGAPIXELS if image.width > image.height else MEGAPIXELS[::-1]
    image.resize(size, Image.Resampling.BICUBIC).save(written, "JPEG", quality=88)
    return written.getvalue()


def scaling(documents: int, rounds: int, seed: int) -> Mapping[str, object]:
    """Read the same documents with one reader and with two, alternately."""
    contents = [each.content for each in samples(seed, documents)]
    readers = [ReaderProcess("read", 0) for _ in range(2)]
    try:
        for reader in readers:
            reader.request(contents[0], Limits(), SECONDS)
            reader.is_renewed()
        turns = [_turn(readers, contents) for _ in track(range(rounds), "rounds")]
    finally:
        for reader in readers:
            reader.end()
    return {"documents": documents, "rounds": turns}


def _turn(readers: Sequence[ReaderProcess], contents: Sequence[bytes]) -> dict[str, float]:
    one, two = (_at_once(readers[:number], contents) for number in (1, 2))
    return {"one_cpu": one[0], "one_clock": one[1], "two_cpu": two[0], "two_clock": two[1]}


def _at_once(readers: Sequence[ReaderProcess], contents: Sequence[bytes]) -> tuple[float, float]:
    """Read all with each reader; return processor and wall-clock seconds per document."""

    def read_all(reader: ReaderProcess) -> None:
        for content in contents:
            reader.request(content, Limits(), SECONDS)
            reader.is_renewed()

    before, start = sum(cpu_of_family(each.process.pid) for each in readers), perf_counter()
    with ThreadPoolExecutor(len(readers)) as pool:
        list(pool.map(read_all, readers))
    clock = perf_counter() - start
    cpu = sum(cpu_of_family(each.process.pid) for each in readers) - before
    read = len(readers) * len(contents)
    return cpu / read, clock / read


def start(rounds: int) -> Mapping[str, object]:
    """Return the time to start a process until it is ready, the best of several rounds."""
    found = {
        what: _best([_python(code) for _ in range(rounds)])
        for what, code in track(STARTS.items(), "starts")
    }
    found["reader process, until it is ready"] = _best([_reader_start() for _ in range(rounds)])
    return {"seconds": found, "rounds": rounds}


def _best(rounds: Sequence[tuple[float, float]]) -> dict[str, float]:
    cpu, clock = zip(*rounds, strict=True)
    return {"cpu": min(cpu), "clock": min(clock)}


def _python(code: str) -> tuple[float, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    clock, after = perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock


def _reader_start() -> tuple[float, float]:
    began = perf_counter()
    reader = ReaderProcess("read", 0)
    clock, cpu = perf_counter() - began, cpu_of_family(reader.process.pid)
    reader.end()
    return cpu, clock


def memory(documents: int) -> Mapping[str, object]:
    """Read small documents with one reader, and record its memory in between and its peak.

    Results are stored immediately, so that an interrupted run keeps what it measured.
    """
    contents = list(_small_documents())
    reader = ReaderProcess("read", 0)
    seen: list[tuple[int, float]] = []
    try:
        for number in track(range(1, documents + 1), "memory"):
            reader.request(contents[number % ROUND], Limits(), SECONDS)
            reader.is_renewed()
            if number % ROUND == 0:
                seen.append((number, megabytes(reader.process.pid, "VmRSS")))
                peak = megabytes(reader.process.pid, "VmHWM")
                results.store("memory", {"resident": seen, "peak_mb": peak})
    finally:
        reader.end()
    # The peak of a process that read a file.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"resident": seen, "peak_mb": peak}


def _small_documents() -> Iterator[bytes]:
    """Cut the MRZ and the text above it out of the specimens, in varying sizes."""
    for number in range(ROUND):
        image = Image.open(SPECIMENS / WITH_MRZ[number % len(WITH_MRZ)]).convert("RGB")
        image = image.crop((0, round(0.7 * image.height), *image.size))
        image.thumbnail((SMALL + 20 * number,) * 2)
        written = BytesIO()
        image.save(written, "JPEG", quality=88)
        yield written.getvalue()


def slope(seen: Sequence[tuple[int, float]]) -> float:
    """Return the growth of memory in kilobytes per document, after the first 100.

    It is the median of the slopes between any two measurements, so that a temporary need of one
    document does not count as growth (Theil and Sen).

    >>> seen = [(300, 200.0), (400, 200.5), (500, 201.0), (600, 201.5), (700, 202.0), (800, 250)]
    >>> round(slope([(80, 900.0), *seen]), 2)
    5.12

    0 if too few documents were read.
    """
    late = [each for each in seen if each[0] > SETTLED]
    slopes = [(y - v) / (x - u) for (u, v), (x, y) in combinations(late, 2)]
    return 1024 * median(slopes) if slopes else 0.0


def quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile.

    >>> quantiles([5.0, 1.0, 2.0, 3.0, 4.0])
    (3.0, 5.0)
    """
    ordered = sorted(seconds)
    return median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def main() -> None:
    """Run the requested measurement and store it."""
    options = _parser().parse_args()
    given = {name: value for name, value in vars(options).items() if name not in ("what", "do")}
    results.store(options.what, options.do(**given))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How fast documents are read and judged.")
    parts = parser.add_subparsers(dest="what", required=True)
    defaults = {stages: (30, 0), large: (8, 0), scaling: (8, 4), start: (0, 3), memory: (1000, 0)}
    for do, (documents, rounds) in defaults.items():
        part = parts.add_parser(do.__name__, help=do.__doc__)
        part.set_defaults(do=do)
        if documents:
            part.add_argument("--documents", type=int, default=documents)
        if documents and do is not memory:
            part.add_argument("--seed", type=int, default=2026)
        if rounds:
            part.add_argument("--rounds", type=int, default=rounds)
    return parser


if __name__ == "__main__":
    main()
