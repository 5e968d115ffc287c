"""What a process has cost, as the kernel tells it."""

import os
import subprocess
import sys
from time import process_time

import pytest

from benchmarks.processes import cpu_of, cpu_of_family, megabytes, parent_of

BUSY = "from time import process_time\nwhile process_time() < {}: pass"


def test_processor_time_of_this_process_agrees_with_python():
    assert cpu_of(os.getpid()) == pytest.approx(process_time(), abs=0.1)


def test_ended_children_count_only_in_the_total_of_all_processes():
    family, own = cpu_of_family(os.getpid()), cpu_of(os.getpid())

    subprocess.run([sys.executable, "-c", BUSY.format(0.3)], check=True)

    assert cpu_of_family(os.getpid()) - family >= 0.25
    assert cpu_of(os.getpid()) - own < 0.2


def test_running_children_are_counted_and_found_by_their_parent():
    before = cpu_of_family(os.getpid())
    code = BUSY.format(0.3) + "\nprint(flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        grown, parent = cpu_of_family(os.getpid()) - before, parent_of(child.pid)
        child.communicate(b"\n")

    assert grown >= 0.25
    assert parent == os.getpid()


def test_peak_memory_is_at_least_the_current_memory():
    assert 5 < megabytes(os.getpid(), "VmRSS") <= megabytes(os.getpid(), "VmHWM")
