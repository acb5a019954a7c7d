"""How the API gets the socket on which the host listens: handed over; on Windows, where that cannot be, by its port."""

import os
import socket

HANDED_OVER = os.name == "posix"


def word_for(listening: socket.socket, port: int, handed_over: bool = HANDED_OVER) -> str:
    """What the API is told. The descriptor must be inherited; where it cannot be, the port is given up for the API."""
    if handed_over:
        return str(listening.fileno())
    listening.close()
    return f":{port}"


def listening_at(word: str) -> socket.socket:
    """The socket that the word means, listening on loopback. Raises OSError where the port is taken meanwhile."""
    if not word.startswith(":"):
        return socket.socket(fileno=int(word))
    made = socket.socket()
    made.bind(("127.0.0.1", int(word[1:])))
    made.listen(128)
    return made
