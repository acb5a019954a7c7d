"""What one process is known by."""

import os
import subprocess
import time

import pytest

from backend.core import clock
from desktop.client import announcement


def test_the_start_of_a_process_counts_from_the_boot_and_not_from_a_clock_that_may_be_set() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    with subprocess.Popen(["sleep", "60"]) as child:
        began = clock.process_start(child.pid)
        child.kill()
    assert began is not None
    assert before - 0.1 <= began <= time.clock_gettime(time.CLOCK_BOOTTIME)


def test_the_window_and_the_host_name_a_process_alike() -> None:
    assert clock.process_start(os.getpid()) == announcement.process_start(os.getpid())


@pytest.mark.parametrize("module", [clock, announcement])
def test_a_process_that_waits_to_be_reaped_is_gone(module: object) -> None:
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        start = clock.process_start if module is clock else announcement.process_start
        assert start(child.pid) is None
    assert start(child.pid) is None
