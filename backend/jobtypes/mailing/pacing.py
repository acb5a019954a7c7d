"""How a mailing goes out: what the form says and what the account allows, whichever is less."""

from datetime import time

from backend.core.settings import settings as program
from backend.jobtypes.mailing import MailingParams
from backend.lib.accounts.kinds.mail import MailSettings
from backend.lib.mail.pace import Pace, tighter
from backend.lib.mail.plan import Plan
from backend.lib.mail.sent_log import SentLog

WORKING_DAYS = frozenset(range(5))


def pace_of(params: MailingParams, settings: MailSettings) -> Pace:
    """The tighter of the limits, within the hours of the form."""
    return Pace(
        tighter(params.per_minute, settings.per_minute),
        tighter(params.per_hour, settings.per_hour),
        tighter(params.per_day, settings.per_day),
        _time(params.hours_from),
        _time(params.hours_until),
        WORKING_DAYS if params.weekdays else frozenset(range(7)),
    )


def plan_of(params: MailingParams, settings: MailSettings) -> Plan:
    """Connections, pace, and when to give up."""
    return Plan(connections=settings.connections, pace=pace_of(params, settings), errors_in_a_row=params.stop_after)


def log_of(settings: MailSettings) -> SentLog:
    """What went out through this mailbox, by all mailings of this computer."""
    return SentLog(program().data_dir / "mail", settings.host, settings.login_name)


def _time(said: str) -> time | None:
    return time.fromisoformat(said) if said else None
