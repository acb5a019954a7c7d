"""How fast a job works, so that its time left is true: by the last moments, without the time in which it rested."""

from collections import deque
from typing import Final

_STEP: Final = 0.5
_WINDOW: Final = 20.0


class Pace:
    """The speed over the last twenty seconds of work. Moments are seconds of a steady clock. Not thread-safe."""

    def __init__(self, moment: float) -> None:
        self._began = moment
        self._rested = 0.0
        self._resting_since: float | None = None
        self._unit = ""
        self._samples = deque([(0.0, 0.0)])

    def rest(self, moment: float) -> None:
        """The job is paused from now on; to be called again is harmless."""
        if self._resting_since is None:
            self._resting_since = moment

    def go_on(self, moment: float) -> None:
        """The job works again; harmless where it does already."""
        if self._resting_since is not None:
            self._rested += moment - self._resting_since
            self._resting_since = None

    def rate(self, done: float, unit: str, moment: float) -> float | None:
        """Units a second; None while that cannot be told: at the start, when it counts anew, and when nothing moves."""
        worked = (moment if self._resting_since is None else self._resting_since) - self._began - self._rested
        latest, reached = self._samples[-1]
        if done < reached or unit != self._unit:
            is_first = not self._unit
            self._unit = unit
            self._samples = deque([(0.0, 0.0) if is_first else (worked, done)])
        elif worked - latest >= _STEP:
            self._samples.append((worked, done))
        while len(self._samples) > 1 and worked - self._samples[1][0] >= _WINDOW:
            self._samples.popleft()
        since, at = self._samples[0]
        return (done - at) / (worked - since) if worked - since > _STEP and done > at else None
