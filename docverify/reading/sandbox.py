"""The sandbox of a reader process: it may only compute and use its open pipes.

Before the first file is decoded, `enter` permanently gives up everything else: opening or writing
any file, starting a program or a process, using a network, sending a signal to another process.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from errno import ENOTSUP

from docverify.reading.system_calls import PROCESSORS, build_filter

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWNET = 0x4000_0000  # linux/sched.h
SECCOMP_SET_MODE_FILTER = 1  # linux/seccomp.h
SECCOMP_FILTER_FLAG_TSYNC = 1
NOBODY = 65_534
"""User and group of a reader that root starts; they own no files."""
MAX_TASKS = 512
"""Processes and threads of NOBODY, all readers together; a HEIC file is decoded in a thread."""


class Program(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("count", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def enter() -> list[str]:
    """Give up all rights that reading does not need; return the protections that failed.

    Each is a name in PROTECTIONS. The others last until the process ends. Call it before the
    process starts a thread, because some of them apply only to the calling thread.
    """
    return [name for name, protect in PROTECTIONS.items() if not is_done(protect)]


def is_done(protect: Callable[[], None]) -> bool:
    """Return whether the platform lets this process protect itself in this way."""
    try:
        protect()
    except (OSError, AttributeError):  # AttributeError: the C library has no such function.
        return False
    return True


def hide_memory() -> None:
    """Hide the memory and the environment of this process from others of the same user."""
    call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def refuse_new_rights() -> None:
    """Prevent programs that this process starts, such as sudo, from gaining more rights."""
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def leave_network() -> None:
    """Move a reader started by root to a separate network without any connection."""
    if os.geteuid() == 0:
        call("unshare", CLONE_NEWNET)


def change_user() -> None:
    """Change the user of a reader started by root to one without groups and capabilities."""
    if os.geteuid() == 0:
        set_limit(resource.RLIMIT_NPROC, MAX_TASKS)
        with suppress(PermissionError):  # A user namespace may forbid only this.
            os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def end_with_parent() -> None:
    """Make the system end this process when its parent ends."""
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def filter_calls() -> None:
    """Allow only the system calls that a reader needs."""
    processor = PROCESSORS.get(os.uname().machine)
    if sys.platform != "linux" or sys.maxsize < 2**32 or processor is None:
        raise OSError(ENOTSUP, "no filter for this platform")
    code = build_filter(processor, os.getpid())
    program = Program(len(code) // 8, code)
    call(
        *("syscall", processor.seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC),
        ctypes.byref(program),
    )


def set_limit(what: int, most: int) -> None:
    """Set a resource limit permanently, never above an existing one."""
    _, hard = resource.getrlimit(what)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (value, value))


def call(name: str, *arguments: object) -> None:
    """Call a function of the C library; raise OSError if it fails."""
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


PROTECTIONS: dict[str, Callable[[], None]] = {
    "no new rights": refuse_new_rights,
    "network": leave_network,
    "user": change_user,
    "memory": hide_memory,
    "end": end_with_parent,  # After the user, because changing the user would undo it.
    "system calls": filter_calls,
}
