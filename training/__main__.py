"""Train the network that reads OCR-B, and write it as ONNX.

    python -m training FILE.onnx [--rounds 6000] [--seed 1]

Needs PyTorch besides what the project needs. One thread draws, another learns.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from training.lines import BLANK
from training.network import Probabilities, Reader
from training.samples import HEIGHT, IGNORED, WIDTH, Sample, draw_sample

BATCH = 64
RATE = 3e-3
DECAY = 0.02
SEQUENCES = 0.3  # weight of whole texts compared with single steps
KEPT = 0.99  # of the running mean of the weights
TESTED = 1024

Batch = tuple[Tensor, Tensor, Tensor, Tensor]


class Lines(Dataset[Sample]):
    """Lines without end: each number draws its own."""

    def __init__(self, seed: int, count: int) -> None:
        """Name the lines by a seed."""
        self.seed, self.count = seed, count

    def __len__(self) -> int:
        """Return how many there are."""
        return self.count

    def __getitem__(self, number: int) -> Sample:
        """Draw one."""
        return draw_sample(np.random.default_rng([self.seed, number]))


def together(samples: Sequence[Sample]) -> Batch:
    """Stack samples; their texts follow one another."""
    strips = torch.from_numpy(np.stack([each.strip for each in samples]))[:, None].float()
    steps = torch.from_numpy(np.stack([each.steps for each in samples]))
    texts = torch.from_numpy(np.concatenate([each.text for each in samples]))
    return strips, steps, texts, torch.tensor([len(each.text) for each in samples])


def batches(seed: int, count: int, size: int = BATCH) -> Iterator[Batch]:
    """Draw in another process."""
    lines = Lines(seed, count * size)
    yield from DataLoader(lines, size, num_workers=1, prefetch_factor=8, collate_fn=together)


def loss_of(logits: Tensor, batch: Batch) -> Tensor:
    """Return how badly each step, and the whole text, are explained."""
    _, steps, texts, lengths = batch
    single = functional.cross_entropy(
        logits.flatten(0, 1), steps.flatten(), ignore_index=IGNORED, label_smoothing=0.01
    )
    log = logits.log_softmax(2).transpose(0, 1)
    sizes = torch.full((len(lengths),), logits.shape[1])
    whole = functional.ctc_loss(log, texts, sizes, lengths, BLANK, zero_infinity=True)
    return single + SEQUENCES * whole


def train(seed: int, rounds: int) -> Reader:
    """Train for this many batches; return the mean of the last weights."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    reader = Reader().to(memory_format=torch.channels_last)
    mean = copy.deepcopy(reader)
    optimiser = torch.optim.AdamW(reader.parameters(), RATE, weight_decay=DECAY)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, rounds, pct_start=0.1)
    started, lost = time.time(), 0.0
    for number, batch in enumerate(batches(seed, rounds), 1):
        with torch.autocast("cpu", torch.bfloat16):
            logits = reader(batch[0])
        loss = loss_of(logits.float(), batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reader.parameters(), 2.0)
        optimiser.step()
        rates.step()
        _follow(mean, reader, min(KEPT, 1 - 10 / (10 + number)))
        lost += loss.item()
        if number % 25 == 0:
            print(f"{number} {lost / 25:.3f} {time.time() - started:.0f} s", flush=True)
            lost = 0.0
    return mean


def _follow(mean: Reader, reader: Reader, kept: float) -> None:
    with torch.no_grad():
        for own, other in zip(
            mean.state_dict().values(), reader.state_dict().values(), strict=True
        ):
            if own.is_floating_point():
                own.lerp_(other, 1 - kept)
            else:
                own.copy_(other)


def exact(reader: Reader, seed: int) -> float:
    """Return the share of unseen lines that are read without any mistake."""
    reader.eval()
    right = 0
    for strips, _, texts, lengths in batches(seed, TESTED // BATCH):
        with torch.no_grad():
            best = reader(strips).argmax(2)
        for row, text in zip(best, texts.split(lengths.tolist()), strict=True):
            read = torch.unique_consecutive(row)
            right += torch.equal(read[read != BLANK], text)
    return right / TESTED


def write(reader: Reader, path: Path) -> None:
    """Keep a trained reader as ONNX; strips may have any width."""
    reader.eval()
    torch.onnx.export(
        Probabilities(reader),
        (torch.rand(1, 1, HEIGHT, WIDTH) * 255,),
        path,
        input_names=["strip"],
        output_names=["steps"],
        dynamic_axes={"strip": {3: "columns"}, "steps": {1: "steps"}},
        dynamo=False,
    )


def main() -> None:
    """Train, test on unseen lines, and write."""
    parser = argparse.ArgumentParser(description="Train the network that reads OCR-B.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--rounds", type=int, default=6000, help="batches of 64 lines")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    reader = train(options.seed, options.rounds)
    write(reader, options.path)
    print(f"unseen lines read exactly: {exact(reader, options.seed + 1):.3f}")


if __name__ == "__main__":
    main()
