"""The modules of the cloud engines are found by the names of the engines."""

import inspect

import pytest

from docverify.page import Engine
from tasks.engines import CloudEngine, load_cloud_engine

CLOUD_ENGINES = [engine for engine in Engine if engine is not Engine.LOCAL]


@pytest.mark.parametrize("engine", CLOUD_ENGINES)
def test_each_cloud_engine_has_a_module_that_reads(engine: Engine) -> None:
    expected = list(inspect.signature(CloudEngine.read).parameters)[1:]
    assert list(inspect.signature(load_cloud_engine(engine).read).parameters) == expected


def test_the_local_engine_is_no_cloud_engine() -> None:
    with pytest.raises(ModuleNotFoundError):
        load_cloud_engine(Engine.LOCAL)
