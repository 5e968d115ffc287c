"""The network that reads OCR-B: a grey strip to probabilities of 37 symbols at each step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.lines import OTHER

FAINT = 6.0  # levels of grey: less contrast than that is not stretched further


class Around(nn.Module):
    """Adds what a layer finds to what came in."""

    def __init__(self, layer: nn.Module) -> None:
        """Wrap a layer that keeps the shape."""
        super().__init__()
        self.layer = layer

    def forward(self, values: Tensor) -> Tensor:
        """Return the sum."""
        return values + self.layer(values)


class Reader(nn.Module):
    """Strips of 32 rows, 0 to 255, to logits of each class at every fourth column."""

    def __init__(self) -> None:
        """Build the layers: rows are halved five times, columns twice."""
        super().__init__()
        self.layers = nn.Sequential(
            _seen(1, 16, 3, 2),
            _seen(16, 32, 3, 2),
            Around(_seen(32, 32)),
            Around(_seen(32, 32)),
            _seen(32, 64, 3, (2, 1)),
            Around(_seen(64, 64)),
            Around(_seen(64, 64)),
            _seen(64, 128, 3, (2, 1)),
            Around(_seen(128, 128)),
            _seen(128, 192, (2, 1), (2, 1)),
            Around(_along(192)),
            Around(_along(192)),
            Around(_along(192)),
            nn.Dropout(0.1),
            nn.Conv2d(192, OTHER + 1, 1),
        )

    def forward(self, strips: Tensor) -> Tensor:
        """Return logits: strips, steps, classes."""
        mean = strips.mean((1, 2, 3), keepdim=True)
        spread = (strips - mean).square().mean((1, 2, 3), keepdim=True).sqrt()
        logits = self.layers((strips - mean) / (spread + FAINT))
        return logits.squeeze(2).transpose(1, 2)


def _seen(
    before: int, after: int, size: int | tuple[int, int] = 3, stride: int | tuple[int, int] = 1
) -> nn.Module:
    margin = 1 if size == 3 else 0
    layer = nn.Conv2d(before, after, size, stride, margin, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(after), nn.ReLU())


def _along(count: int) -> nn.Module:
    """Look at some characters to either side."""
    wide = nn.Conv2d(count, count, (1, 7), padding=(0, 3), groups=count, bias=False)
    return nn.Sequential(wide, nn.BatchNorm2d(count), nn.ReLU(), _mixed(count))


def _mixed(count: int) -> nn.Module:
    layer = nn.Conv2d(count, count, 1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(count), nn.ReLU())


class Probabilities(nn.Module):
    """A trained reader, as it is kept: probabilities instead of logits."""

    def __init__(self, reader: Reader) -> None:
        """Take a trained reader."""
        super().__init__()
        self.reader = reader

    def forward(self, strips: Tensor) -> Tensor:
        """Return probabilities: strips, steps, classes."""
        return torch.softmax(self.reader(strips), dim=2)
