"""The neural networks: PP-OCRv6 small (Apache-2.0) from the rapidocr wheel, and our own."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from docverify.reading.mrz.shapes import load_shapes

if TYPE_CHECKING:
    import onnxruntime

DETECTION = "PP-OCRv6_det_small.onnx"
RECOGNITION = "PP-OCRv6_rec_small.onnx"
OCRB = Path(__file__).parent / "mrz" / "ocrb.onnx"
"""Reads lines of OCR-B; docs/ocrb.md describes how it was trained."""
CENTERFACE = Path(__file__).parent / "centerface.onnx"
"""Finds faces; its origin is in centerface.LICENSE.txt."""


def load() -> None:
    """Load all networks and shapes, so that the first document does not wait for them."""
    detector(), recogniser(), ocrb_recogniser(), face_detector(), load_shapes()


@cache
def detector() -> onnxruntime.InferenceSession:
    """Load, once per process, the network that finds text: from an image to a text map."""
    return _session(_folder() / DETECTION)


@cache
def recogniser() -> onnxruntime.InferenceSession:
    """Load, once per process, the network that reads a line: from a strip to characters."""
    return _session(_folder() / RECOGNITION)


@cache
def ocrb_recogniser() -> onnxruntime.InferenceSession:
    """Load, once per process, the network for OCR-B: from a strip to MRZ symbols per step."""
    return _session(OCRB)


@cache
def face_detector() -> onnxruntime.InferenceSession:
    """Load, once per process, the network that finds faces: from an image to maps of faces."""
    return _session(CENTERFACE)


@cache
def characters() -> tuple[str, ...]:
    """Return the recogniser's classes in their order: the CTC blank comes first, as ""."""
    listed = recogniser().get_modelmeta().custom_metadata_map["character"].splitlines()
    return ("", *listed, " ")


def _session(path: Path) -> onnxruntime.InferenceSession:
    # onnxruntime sends telemetry unless this is set before its import.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread each: more threads need a third more work and stall on a shared machine.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Memory that is reserved for each input shape would grow with every document.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _folder() -> Path:
    # The package is located, not imported: its code would cost half a second.
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "the package rapidocr with the models is not installed: run make install"
        )
    return Path(spec.origin).parent / "models"
