"""What a form asks before anything is queued: a rehearsal, or what can be picked in a field."""

import logging
from pathlib import Path
from typing import Any, Literal

from backend.core.errors import DeskhandError
from backend.jobtypes import job_type
from backend.lib.accounts.kinds.mail import MailSettings, mailbox
from backend.lib.accounts.opening import open_account, try_account
from backend.lib.mail.exporting import export_ledger
from backend.lib.mail.sent_folder import look_for_unknown
from backend.lib.mail.suppression import add_from_file
from backend.queue.checking import checked
from backend.queue.switches import require_on
from backend.store.record import record
from backend.worker.runner import BUG, problem_of

log = logging.getLogger(__name__)
CHANGES_NOTHING = frozenset({"rehearsal", "options", "letters"})
"""What is given up at once when whoever asked has gone."""
NOT_WANTED = {
    "problem": {"code": "question.gone", "message": "Nobody waits for this any more.", "hint": "", "fields": {}},
    "status": 499,
}
Question = Literal["rehearsal", "options", "account", "letters", "letter", "ledger", "suppressed", "sent folder"]


def answer(question: str, kind_name: str, field: str, params: dict[str, Any]) -> dict[str, Any]:
    """Answers with `{"ok": ...}`, or with `{"problem": ..., "status": ...}`; never raises what a job type raises."""
    try:
        if question == "account":
            return {"ok": try_account(kind_name, field, params["settings"], params["account"])}
        if question == "suppressed":
            return {"ok": add_from_file(**params).model_dump()}
        if question == "sent folder":
            account = open_account(params["account"], "mail", MailSettings)
            return {"ok": look_for_unknown(Path(params["ledger"]), mailbox(account)).model_dump()}
        if question == "ledger":
            return {"ok": export_ledger(**params)}
        kind = job_type(kind_name)
        if kind.caution:
            with record().read() as connection:
                require_on(connection, kind)
        if question == "rehearsal" and kind.rehearse:
            return {"ok": kind.rehearse(checked(kind, params)).model_dump(mode="json")}
        if question == "letters" and kind.letters:
            found = kind.letters.look(checked(kind, params["answers"]), params["first"], params["search"])
            return {"ok": found.model_dump(mode="json")}
        if question == "letter" and kind.letters:
            return {"ok": kind.letters.to_myself(checked(kind, params["answers"]), params["place"])}
        if question == "options" and kind.options:
            return {"ok": [option.model_dump(mode="json") for option in kind.options(field, params)]}
    except DeskhandError as error:
        return {"problem": problem_of(error).model_dump(), "status": error.status}
    except Exception:
        log.exception("the %s of %s failed unexpectedly", question, kind_name)
        return {"problem": BUG.model_dump(), "status": 500}
    message = f"Jobs of this kind have no {question}."
    return {"problem": {"code": "question.unknown", "message": message, "hint": "", "fields": {}}, "status": 404}
