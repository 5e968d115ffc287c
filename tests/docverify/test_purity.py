"""The core imports nothing that can fail at run time."""

import ast
import os
import subprocess
import sys
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import docverify

EDGES = {"prefect", "boto3", "botocore", "sqlalchemy", "psycopg2", "requests", "httpx", "tasks"}
PIXELS = {"numpy", "cv2", "onnxruntime", "PIL", "pypdfium2", "rapidocr"}


def imported_by(module: str) -> set[str]:
    """Import a module in a fresh interpreter and return the top-level names it has then."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "module",
    [
        "docverify.verdict",
        "docverify.second_engine",
        "docverify.policy_file",
        "docverify.report",
        "docverify.reading",
        "docverify.reading.cloud.mrz_from_text",
        "docverify.reading.wire",
    ],
)
def test_core_imports_neither_edges_nor_pixel_libraries(module: str):
    assert imported_by(module) & (EDGES | PIXELS) == set()


def test_library_of_national_numbers_is_imported_only_when_needed():
    assert "stdnum" not in imported_by("docverify.documents.national_number_kinds")


def test_local_engine_imports_no_edges_and_no_code_of_its_models():
    assert imported_by("docverify.reading.local") & (EDGES | {"rapidocr"}) == set()


def test_reader_process_imports_only_what_reading_needs():
    assert imported_by("docverify.reading.process") & (EDGES | {"rapidocr", "pi_heif"}) == set()


DECODERS = {"cv2", "PIL", "pypdfium2", "pi_heif", "zxingcpp", "onnxruntime", "rapidocr"}
DECODING = {
    *("local", "display", "barcodes", "models", "process", "cloud.encoding.decode"),
    *("files.pages", "files.pdf", "files.image", "files.decoders", "files.deep_tiff"),
}
DRAWS_A_TEST_IMAGE = "deploy/aws/probe.py"


def test_only_the_reader_process_decodes_a_file():
    """Runs, slots, the command line and the desk give it the bytes, and get plain values."""
    root = Path(docverify.__file__).parents[1]
    forbidden = {f"docverify.reading.{name}" for name in DECODING}
    found = {
        (str(path.relative_to(root)), name)
        for folder in ("cli", "flows", "tasks", "services", "deploy")
        for path in (root / folder).rglob("*.py")
        for name in names_imported_by(path)
        if name.partition(".")[0] in DECODERS or name in forbidden
    }

    assert {path for path, _ in found} == {DRAWS_A_TEST_IMAGE}


def names_imported_by(path: Path) -> set[str]:
    """Return the modules that a file imports, and the names that it imports from each."""
    imports = [each for each in ast.walk(ast.parse(path.read_text())) if is_import(each)]
    names = {alias.name for each in imports for alias in each.names}
    of_modules = [each for each in imports if isinstance(each, ast.ImportFrom) and each.module]
    return names.union(
        {str(each.module) for each in of_modules},
        {f"{each.module}.{alias.name}" for each in of_modules for alias in each.names},
    )


def is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def dataclasses_of_the_package() -> list[type]:
    modules = (import_module(each.name) for each in walk_packages(docverify.__path__, "docverify."))
    found = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    return [
        each for each in found if is_dataclass(each) and each.__module__.startswith("docverify")
    ]


def test_every_value_is_frozen():
    values = dataclasses_of_the_package()

    assert len(values) > 15
    assert [each for each in values if not each.__dataclass_params__.frozen] == []


def test_command_that_reads_a_file_imports_no_library_of_the_service():
    assert imported_by("cli.verify") & (EDGES - {"tasks"}) == set()


def test_reading_a_document_writes_no_usage_statistics(tmp_path: Path):
    """Libraries that report usage write to disk first what they will send."""
    code = "from docverify.reading.models import detector; detector()"
    home = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    subprocess.run([sys.executable, "-c", code], env=home, check=True)

    assert list(tmp_path.rglob("*")) == []
