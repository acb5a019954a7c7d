"""On Windows: what a process has started ends with it, however it ends. *Not run here.*

A Job Object that is closed with its last handle ends all that is in it (Win32, `JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE`).
The one handle belongs to the process itself, which puts itself in: its children are in from their start.
"""

import ctypes
import sys

EXTENDED_LIMIT_INFORMATION = 9
KILL_ON_JOB_CLOSE = 0x2000


class BasicLimits(ctypes.Structure):
    """`JOBOBJECT_BASIC_LIMIT_INFORMATION` (winnt.h)."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class ExtendedLimits(ctypes.Structure):
    """`JOBOBJECT_EXTENDED_LIMIT_INFORMATION` (winnt.h); `IoInfo` is six counters of 64 bits."""

    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


def limits() -> ExtendedLimits:
    """What is asked of the Job Object."""
    asked = ExtendedLimits()
    asked.BasicLimitInformation.LimitFlags = KILL_ON_JOB_CLOSE
    return asked


def end_children_with_us() -> None:
    """Puts this process into a Job Object of its own, whose handle stays open until it ends. Does nothing elsewhere.

    Raises OSError where Windows refuses.
    """
    if sys.platform == "win32":
        windows = ctypes.WinDLL("kernel32", use_last_error=True)
        windows.CreateJobObjectW.restype = windows.GetCurrentProcess.restype = ctypes.c_void_p
        job, asked = ctypes.c_void_p(windows.CreateJobObjectW(None, None)), limits()
        own = ctypes.c_void_p(windows.GetCurrentProcess())
        size = ctypes.sizeof(asked)
        done = job and windows.SetInformationJobObject(job, EXTENDED_LIMIT_INFORMATION, ctypes.byref(asked), size)
        if not (done and windows.AssignProcessToJobObject(job, own)):
            raise ctypes.WinError(ctypes.get_last_error())
