"""Modules that decoders import on first use, loaded while the reader can still open files."""

from __future__ import annotations

from importlib import import_module

ON_FIRST_USE = (
    *("PIL.JpegImagePlugin", "PIL.MpoImagePlugin", "PIL.PngImagePlugin", "PIL.TiffImagePlugin"),
    *("PIL.WebPImagePlugin", "pi_heif"),
    *("numpy.fft", "numpy.ma", "encodings.utf_16_le", "_strptime"),
)


def load_decoders() -> None:
    """Import all modules that reading a file uses."""
    for name in ON_FIRST_USE:
        import_module(name)
