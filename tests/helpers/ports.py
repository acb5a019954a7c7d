"""Ports of the loopback interface for servers of tests."""

import contextlib
import random
import socket

_BELOW_THOSE_OF_CONNECTIONS = range(20_000, 32_000)
"""Linux gives connections ports from 32768 on (ip(7), `ip_local_port_range`): none of them can take one of these."""


def free_ports(count: int) -> list[int]:
    """So many ports on which nobody listens, picked at random, since tests run several at once."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        for port in random.SystemRandom().sample(_BELOW_THOSE_OF_CONNECTIONS, 500):
            with contextlib.suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
            if len(found) == count:
                return found
    raise AssertionError(f"there are no {count} free ports")


def answers(port: int) -> bool:
    """Whether somebody listens on that port."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False
