"""The core imports nothing that can fail at run time."""

import subprocess
import sys

import pytest

EDGES = {"prefect", "boto3", "botocore", "sqlalchemy", "psycopg2", "requests", "httpx", "tasks"}
PIXELS = {"numpy", "cv2", "onnxruntime", "PIL", "pypdfium2", "rapidocr"}


def imported_by(module: str) -> set[str]:
    """Import a module in a fresh interpreter and return the top-level names it has then."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("module", ["docverify.verdict", "docverify.report", "docverify.reading"])
def test_the_core_needs_the_standard_library_only(module: str):
    assert imported_by(module) & (EDGES | PIXELS) == set()


def test_the_local_engine_knows_nothing_of_the_edges_and_loads_no_code_of_its_models():
    assert imported_by("docverify.reading.local") & (EDGES | {"rapidocr"}) == set()


def test_the_command_line_needs_no_server_and_no_cloud():
    assert imported_by("docverify.__main__") & EDGES == set()
