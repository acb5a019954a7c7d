"""A mailing to those only whom an earlier one could not reach."""

from pathlib import Path

from backend.core.paths import DataPaths
from backend.core.settings import settings
from backend.lib.mail.handing_on import hand_on, refused
from backend.lib.mail.ledger_file import LEDGER_NAME, Recipient


def ledger_of(job: int) -> Path:
    """Where the ledger of an earlier mailing lies."""
    return DataPaths(settings().data_dir).job(job) / LEDGER_NAME


def only_refused(recipients: list[Recipient], earlier: int, job: int) -> list[Recipient]:
    """Those of them whom the mailing `earlier` refused, and whom it has not handed on to another job than `job`."""
    mine = {key for key, taken in refused(ledger_of(earlier)).items() if taken in (0, job)}
    return [one for one in recipients if one.address.key in mine]


def take_on(earlier: int, job: int) -> frozenset[str]:
    """From now on, nobody but this job writes to those whom the earlier mailing refused; their keys."""
    return hand_on(ledger_of(earlier), job)
