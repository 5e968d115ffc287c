"""The system calls that a reader needs, and the filter that allows only these.

The filter is a program for seccomp(2), in the classic BPF of linux/filter.h. Calls are compared by
their numbers, which differ from processor to processor.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from errno import ENOSYS, EPERM

LOAD = 0x20  # linux/bpf_common.h: a word of struct seccomp_data
JUMP_IF_EQUAL = 0x15
JUMP_IF_ANY_BIT = 0x45
RETURN = 0x06
NUMBER, AUDIT, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data (linux/seccomp.h), bytes

ALLOW = 0x7FFF_0000  # linux/seccomp.h
FAIL = 0x0005_0000  # with the error number in its lower bits

PROT_EXEC = 4  # asm-generic/mman-common.h
MAP_SHARED = 1
CLONE_THREAD = 0x1_0000  # linux/sched.h


@dataclass(frozen=True)
class Processor:
    """A processor for which the filter can be written.

    Attributes:
        audit: Its number in linux/audit.h.
        seccomp: Number of the system call that installs the filter.
        column: Its column in the tables below: 0 or 1.
    """

    audit: int
    seccomp: int
    column: int


PROCESSORS = {
    "x86_64": Processor(audit=0xC000_003E, seccomp=317, column=0),
    "aarch64": Processor(audit=0xC000_00B7, seccomp=277, column=1),
}
"""By the name that the kernel gives to the machine."""

Numbers = tuple[int | None, int | None]

HARMLESS: dict[str, Numbers] = {  # Those that a reader uses most come first.
    "read": (0, 63),
    "write": (1, 64),
    "futex": (202, 98),
    "madvise": (28, 233),
    "brk": (12, 214),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "getrusage": (98, 165),
    "clock_gettime": (228, 113),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "poll": (7, None),
    "ppoll": (271, 73),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getrandom": (318, 278),
    "sysinfo": (99, 179),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "close": (3, 57),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
LIMITED: dict[str, Numbers] = {
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "clone": (56, 220),
    "prlimit64": (302, 261),
    "tgkill": (234, 131),
}
REPLACED: dict[str, Numbers] = {"clone3": (435, 435)}
"""Its arguments are in memory, which filters cannot read; the C library then uses clone."""


@dataclass(frozen=True)
class Condition:
    """A condition that the lower 32 bits of an argument must meet.

    Attributes:
        argument: Index of the argument, from 0.
        jump: JUMP_IF_EQUAL or JUMP_IF_ANY_BIT, which compares it with `value`.
        value: The value to compare with.
        wanted: Whether the comparison must be true or false.
    """

    argument: int
    jump: int
    value: int
    wanted: bool


def build_conditions(process: int) -> dict[str, tuple[Condition, ...]]:
    """Return the conditions of the calls in LIMITED, for the process with this number."""
    no_code = Condition(2, JUMP_IF_ANY_BIT, PROT_EXEC, wanted=False)
    # Shared memory would not count towards RLIMIT_DATA.
    private = Condition(3, JUMP_IF_ANY_BIT, MAP_SHARED, wanted=False)
    return {
        "mmap": (no_code, private),
        "mprotect": (no_code,),
        "clone": (Condition(0, JUMP_IF_ANY_BIT, CLONE_THREAD, wanted=True),),
        "prlimit64": (Condition(0, JUMP_IF_EQUAL, 0, wanted=True),),
        "tgkill": (Condition(0, JUMP_IF_EQUAL, process, wanted=True),),
    }


def build_filter(processor: Processor, process: int) -> bytes:
    """Build the filter for the process with this number; every other call fails with EPERM."""
    conditions = build_conditions(process)
    calls = {**HARMLESS, **LIMITED}
    steps = [
        encode(LOAD, AUDIT),
        encode(JUMP_IF_EQUAL, processor.audit, if_true=1),
        FORBIDDEN,  # A call in the tables of another processor, such as a 32-bit one.
        encode(LOAD, NUMBER),
    ]
    for name, numbers in calls.items():
        steps += build_block(numbers[processor.column], allow(conditions.get(name, ())))
    for numbers in REPLACED.values():
        steps += build_block(numbers[processor.column], [encode(RETURN, FAIL | ENOSYS)])
    return b"".join([*steps, FORBIDDEN])


def build_block(number: int | None, steps: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the instructions that take these steps if the call has this number."""
    if number is not None:
        yield encode(JUMP_IF_EQUAL, number, if_false=len(steps))
        yield from steps


def allow(conditions: Iterable[Condition]) -> list[bytes]:
    """Return the instructions that allow a call if its arguments meet all conditions."""
    steps = []
    for each in conditions:
        steps.append(encode(LOAD, ARGUMENTS + 8 * each.argument))
        steps.append(encode(each.jump, each.value, if_true=each.wanted, if_false=not each.wanted))
        steps.append(FORBIDDEN)
    return [*steps, encode(RETURN, ALLOW)]


def encode(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Encode an instruction; `if_true` and `if_false` count the instructions to skip."""
    return struct.pack("=HBBI", code, if_true, if_false, value)


FORBIDDEN = encode(RETURN, FAIL | EPERM)
