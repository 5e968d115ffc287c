"""A reader that a file has taken over: for each file, it tries what an attacker would.

It is started as `python -m tests.support.hostile_reader [PROTECTION…] JOB MEMORY STARTED`. The
platform then refuses the named protections. An attempt that is not refused does no harm: signals
have the number 0, new processes end at once, and files are those of the test.
"""

import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from docverify.reading import process, sandbox
from docverify.reading.process import Response

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_SEIZE = 0x4206
PR_SET_DUMPABLE = 4
CLONE_NEWUSER = 0x1000_0000
BYTE = ctypes.create_string_buffer(1)
PLACE = (ctypes.c_void_p * 2)(ctypes.addressof(BYTE), 1)  # struct iovec: one byte
Attempts = dict[str, Callable[[], object]]
"""Actions by name; each raises OSError if it is refused."""


def system_call(number: int, *arguments: object) -> object:
    """Make a system call by its number on x86-64."""
    return checked(LIBC.syscall(number, *arguments))


def checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def read_memory(pid: int) -> bytes:
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        return memory.read(1)


def connect(port: int) -> None:
    with socket.socket() as own:
        own.connect(("127.0.0.1", port))


def connect_to_name(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as own:
        own.connect(name)


def call(name: str, *arguments: object) -> int:
    return checked(getattr(LIBC, name)(*arguments))


def list_attempts(parent: int, port: int) -> Attempts:
    """Return what an attacker tries at the parent and outside, by name."""
    return {
        "read the parent's environment": Path(f"/proc/{parent}/environ").read_bytes,
        "read the parent's memory": lambda: read_memory(parent),
        "read the parent's open files": lambda: list(Path(f"/proc/{parent}/fd").iterdir()),
        "trace the parent": lambda: call("ptrace", PTRACE_SEIZE, parent, 0, 0),
        "copy the parent's memory": lambda: call(
            "process_vm_readv", parent, ctypes.byref(PLACE), 1, ctypes.byref(PLACE), 1, 0
        ),
        "become root": lambda: os.setuid(0),
        "read /etc/shadow": Path("/etc/shadow").read_bytes,
        "signal the parent": lambda: os.kill(parent, 0),
        "open a connection": lambda: connect(port),
        "mount": lambda: call("mount", b"none", b"/none", b"tmpfs", 0, None),
    }


def list_files(own: Path) -> Attempts:
    """Return what an attacker tries with files; `own` is one of the test."""
    new = own.with_name("new")
    return {
        "list a folder": lambda: list(own.parent.iterdir()),
        "read a file": own.read_bytes,
        "read its own environment": Path("/proc/self/environ").read_bytes,
        "look for a file": own.stat,
        "write a file": lambda: new.write_bytes(b"taken"),
        "make a folder": new.mkdir,
        "remove a file": own.unlink,
        "rename a file": lambda: own.rename(new),
        "change a mode": lambda: own.chmod(0o700),
        "make a link": lambda: new.symlink_to(own),
        "change the folder": lambda: os.chdir(own.parent),
        "make a file in memory": lambda: os.memfd_create("program"),
        "watch files": lambda: system_call(294, 0),
        "load a library": lambda: load_library(own),
    }


def list_processes(parent: int) -> Attempts:
    """Return what an attacker tries with processes and their signals."""
    return {
        "start a shell": lambda: subprocess.run(["/bin/sh", "-c", "true"], check=True),
        "become a shell": lambda: os.execv("/bin/sh", ["sh", "-c", "true"]),  # noqa: S606
        "start a process": fork,
        "start many processes": lambda: [fork() for _ in range(50)],
        "start a process by clone": lambda: exit_if_new(system_call(56, signal.SIGCHLD, 0, 0, 0)),
        "signal every process": lambda: os.kill(-1, 0),
        "signal the parent's group": lambda: os.killpg(parent, 0),
        "signal a thread of the parent": lambda: system_call(234, parent, parent, 0),
        "queue a signal": lambda: system_call(129, parent, 0, None),
        "hold the parent": lambda: os.pidfd_open(parent),
        "own the signals of a pipe": lambda: system_call(72, 3, 8, parent),
        "change the parent's limits": lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE),
        "get more memory": lambda: resource.setrlimit(resource.RLIMIT_DATA, (-1, -1)),
        "get more time": lambda: resource.setrlimit(resource.RLIMIT_CPU, (-1, -1)),
    }


def list_kernel() -> Attempts:
    """Return what an attacker tries with further interfaces of the kernel."""
    private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    return {
        "open a socket": socket.socket,
        "open a socket of this machine": lambda: socket.socket(socket.AF_UNIX),
        "open a raw socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
        "connect to an abstract socket": lambda: connect_to_name("\0docverify"),
        "open a pair of sockets": socket.socketpair,
        "open a pipe": os.pipe,
        "run code from memory": lambda: mmap.mmap(-1, 4096, private, mmap.PROT_EXEC),
        "share memory": lambda: mmap.mmap(-1, 4096),
        "share memory of System V": lambda: system_call(29, 0, 4096, 0o1600),
        "make a namespace": lambda: call("unshare", CLONE_NEWUSER),
        "use io_uring": lambda: system_call(425, 1, None),
        "use eBPF": lambda: system_call(321, 0, None, 0),
        "use user faults": lambda: system_call(323, 0),
        "use keys": lambda: system_call(250, 0, -4, 1),
        "use counters": lambda: system_call(298, None, 0, -1, -1, 0),
        "change itself with prctl": lambda: call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0),
        "call by a number of x32": lambda: system_call(0x4000_0000 + 39),
    }


def fork() -> None:
    """Start a process that ends at once."""
    exit_if_new(os.fork())


def exit_if_new(pid: object) -> None:
    if pid == 0:
        os._exit(0)
    os.waitpid(-1, 0)


def load_library(path: Path) -> None:
    """Load a library; the loader reports a refusal only as text."""
    try:
        ctypes.CDLL(str(path))
    except OSError as error:
        raise OSError(errno.EPERM * ("not permitted" in str(error)), str(error)) from None


def attempt(action: Callable[[], object]) -> str:
    """Return the name of the error of an attempt; empty if it was not refused."""
    try:
        action()
    except (OSError, ValueError) as error:  # ValueError: the resource module for EPERM.
        return errno.errorcode.get(getattr(error, "errno", None) or errno.EPERM, "")
    return ""


def start_threads(most: int) -> int:
    """Start threads that wait, until the system refuses one; return how many started."""
    end, started = threading.Event(), []
    threading.stack_size(32_768)
    try:
        for _ in range(most):
            started.append(threading.Thread(target=end.wait))
            started[-1].start()
    except RuntimeError:
        started.pop()
    end.set()
    for each in started:
        each.join()
    return len(started)


def observe() -> dict[str, object]:
    """Return what this process was started with, before it is closed to us."""
    numbers = os.listdir("/proc/self/fd")  # noqa: PTH208 (the folder itself is one of them)
    opened = [Path(f"/proc/self/fd/{each}") for each in numbers]
    return {
        "environment": os.environ | {},
        "command": sys.orig_argv,
        "files": [str(each.readlink()) for each in opened if each.exists()],
    }


def stay(seen: list[bytes], content: bytes) -> Response:
    """Keep a file in memory; return what earlier files left there."""
    before = len(seen)
    seen.append(content)
    return {"seen": before, "process": os.getpid()}, ()


SEEN: list[bytes] = []


def serve(content: bytes, request: process.Request, start: Mapping[str, object]) -> Response:
    """Try what the file asks for, or return how this process started."""
    parent, own = request["parent"], Path(request["file"])
    match content:
        case b"start":
            return start, ()
        case b"stay":
            return stay(SEEN, content)
        case b"ignore":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
        case b"threads":
            return {"started": start_threads(2 * sandbox.MAX_TASKS)}, ()
        case b"parent":
            attempts = list_attempts(parent, request["port"])
        case _:
            attempts = list_attempts(parent, request["port"])
            attempts |= list_files(own) | list_processes(parent) | list_kernel()
    return {"refused": {name: attempt(action) for name, action in attempts.items()}}, ()


def refuse() -> None:
    """Fail as a platform does that has no such protection."""
    raise OSError(errno.EPERM, "refused")


if __name__ == "__main__":
    *refused, job, memory, started = sys.argv[1:]
    for each in refused:
        sandbox.PROTECTIONS[each] = refuse
    process.load_job = lambda _: partial(serve, start=observe())
    process.main([job, memory, started])
