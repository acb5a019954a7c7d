"""The role `record`: makes the record ready and ends, so that the host keeps nothing of what that needs in memory."""

import logging
import sys

from backend.core.errors import DeskhandError
from backend.core.paths import DataPaths
from backend.core.roles import NEWER_RECORD
from backend.core.settings import settings
from backend.store.migrate import NewerRecordError
from backend.store.record import record
from backend.store.rescue import open_record


def prepare() -> int:
    """Returns the exit status: 4 when a newer Deskhand made the record, 1 when it cannot be opened; then says why."""
    logging.basicConfig(level=settings().log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        open_record(record(), DataPaths(settings().data_dir))
    except DeskhandError as error:
        print(error.message, error.hint, file=sys.stderr)
        return NEWER_RECORD if isinstance(error, NewerRecordError) else 1
    finally:
        record().close()
    return 0
