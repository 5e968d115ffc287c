"""The filter of system calls, run by an interpreter of its instructions."""

import re
import struct
from errno import ENOSYS, EPERM
from pathlib import Path

import pytest

from docverify.reading.system_calls import (
    CLONE_THREAD,
    HARMLESS,
    LIMITED,
    MAP_SHARED,
    PROCESSORS,
    PROT_EXEC,
    REPLACED,
    build_filter,
)

OWN, OTHER = 4711, 1
ALLOWED = 0
HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}
TABLES = {**HARMLESS, **LIMITED, **REPLACED}
I386 = 0x4000_0003

machines = pytest.mark.parametrize("machine", list(PROCESSORS))


def run(code: bytes, number: int, audit: int, arguments: tuple[int, ...] = ()) -> int:
    """Run a filter as the kernel does; return 0 if it allows the call, else the error number."""
    data = struct.pack("=iIQ6Q", number, audit, 0, *arguments, *[0] * (6 - len(arguments)))
    steps, at, value = list(struct.iter_unpack("=HBBI", code)), 0, 0
    while True:
        kind, if_true, if_false, operand = steps[at]
        at += 1
        match kind:
            case 0x20:
                (value,) = struct.unpack_from("=I", data, operand)
            case 0x15:
                at += if_true if value == operand else if_false
            case 0x45:
                at += if_true if value & operand else if_false
            case 0x06:
                return ALLOWED if operand == 0x7FFF_0000 else operand & 0xFFFF


def ask(machine: str, name: str, *arguments: int) -> int:
    """Return what the filter of a machine answers to a call."""
    processor = PROCESSORS[machine]
    number = TABLES[name][processor.column]
    return run(build_filter(processor, OWN), number, processor.audit, arguments)


@machines
def test_only_the_listed_calls_are_allowed(machine: str):
    processor = PROCESSORS[machine]
    code = build_filter(processor, OWN)
    harmless = {numbers[processor.column] for numbers in HARMLESS.values()} - {None}

    allowed = {number for number in range(600) if run(code, number, processor.audit) == ALLOWED}

    limited = {numbers[processor.column] for numbers in LIMITED.values()}
    assert harmless <= allowed <= harmless | limited


@machines
def test_memory_is_neither_shared_nor_executable(machine: str):
    assert ask(machine, "mmap", 0, 4096, 3, 0x22) == ALLOWED
    assert ask(machine, "mmap", 0, 4096, 3 | PROT_EXEC, 0x22) == EPERM
    assert ask(machine, "mmap", 0, 4096, 3, 0x20 | MAP_SHARED) == EPERM
    assert ask(machine, "mprotect", 0, 4096, 3) == ALLOWED
    assert ask(machine, "mprotect", 0, 4096, PROT_EXEC) == EPERM


@machines
def test_threads_may_be_started_and_processes_not(machine: str):
    assert ask(machine, "clone", CLONE_THREAD | 0x10F00) == ALLOWED
    assert ask(machine, "clone", 17) == EPERM
    assert ask(machine, "clone3") == ENOSYS


@machines
def test_limits_and_signals_reach_the_own_process_only(machine: str):
    assert ask(machine, "prlimit64", 0) == ALLOWED
    assert ask(machine, "prlimit64", OTHER) == EPERM
    assert ask(machine, "tgkill", OWN) == ALLOWED
    assert ask(machine, "tgkill", OTHER) == EPERM


@machines
def test_calls_by_the_numbers_of_another_processor_fail(machine: str):
    code = build_filter(PROCESSORS[machine], OWN)

    assert {run(code, number, I386) for number in range(600)} == {EPERM}


@machines
def test_numbers_are_those_of_the_kernel(machine: str):
    header = Path(HEADERS[machine])
    if not header.exists():
        pytest.skip("the headers of the kernel are not installed")
    known = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text()))
    column = PROCESSORS[machine].column

    wrong = {
        name: numbers[column]
        for name, numbers in TABLES.items()
        if numbers[column] is not None and numbers[column] != int(known[name])
    }
    assert wrong == {}
    assert PROCESSORS[machine].seccomp == int(known["seccomp"])
