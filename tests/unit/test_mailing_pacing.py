"""How a mailing goes out: the form's limits beside the account's, hours, and what all mailings of a mailbox count."""

import threading
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from backend.jobtypes.mailing import MailingParams
from backend.jobtypes.mailing.pacing import pace_of, plan_of
from backend.jobtypes.mailing.wording import span, subject_for_all
from backend.lib.accounts.kinds.mail import MailSettings
from backend.lib.mail.pace import Pace, moment_words
from backend.lib.mail.sent_log import SentLog


def params(**more: Any) -> MailingParams:
    """A form with these finer points."""
    answers = {"file": "/a.csv", "address_column": "Mail", "subject": "Hi", "text": "Hi", "account": 1, "folder": "/"}
    return MailingParams.model_validate({**answers, **more})


def settings(**more: Any) -> MailSettings:
    """An account with these limits."""
    return MailSettings.model_validate({"address": "a@example.com", "host": "mail.example.com", **more})


def test_the_tighter_limit_holds_and_none_is_no_limit() -> None:
    pace = pace_of(params(per_minute=10, per_hour=100), settings(per_minute=30, per_day=500))
    assert (pace.per_minute, pace.per_hour, pace.per_day) == (10, 100, 500)
    assert pace_of(params(per_minute=60), settings(per_minute=30)).per_minute == 30


def test_hours_and_working_days_come_from_the_form() -> None:
    pace = pace_of(params(hours_from="8", hours_until="17.30", weekdays=True), settings())
    assert (pace.first, pace.last, sorted(pace.weekdays)) == (time(8), time(17, 30), [0, 1, 2, 3, 4])
    assert pace_of(params(), settings()) == Pace()


def test_connections_and_the_patience_with_failures_reach_the_plan() -> None:
    plan = plan_of(params(stop_after=7), settings(connections=4))
    assert (plan.connections, plan.errors_in_a_row) == (4, 7)


@pytest.mark.parametrize("typed", ["8 o'clock", "25:00", "08:61", "08:00:00"])
def test_what_is_no_time_of_day_is_said_so(typed: str) -> None:
    with pytest.raises(ValidationError, match=r"such as 08:00"):
        params(hours_from=typed)


def test_answers_can_only_go_to_an_address() -> None:
    assert params(reply_to=" Desk@Example.com ").reply_to == "Desk@example.com"
    with pytest.raises(ValidationError, match="not an e-mail address"):
        params(reply_to="the desk")


def test_the_time_a_pace_takes_is_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Pace(per_minute=30, per_day=1000).at_least(2500) == 2 * 86400
    assert Pace(per_minute=30).at_least(301) == 600
    assert Pace().at_least(10**6) == 0
    assert [span(seconds) for seconds in (60, 600, 3600, 200_000)] == ["1 minute", "10 minutes", "1 hour", "2 days"]
    noon = 1_000_000_000.0
    assert moment_words(noon + 2 * 86400, noon).startswith("on 11 September at ")
    assert moment_words(noon, noon).startswith("at ")


def test_a_subject_for_all_says_that_something_differs() -> None:
    assert subject_for_all("{% if a %}Dear {% endif %}{{ first_name | upper }}, hello") == "Dear \u2026, hello"


def test_all_mailings_of_a_mailbox_share_one_log_and_others_have_their_own(tmp_path: Path) -> None:
    one, again = SentLog(tmp_path, "Mail.example.com", "anna"), SentLog(tmp_path, "mail.example.com", "anna")
    for moment in (3.0, 1.0, 2.0):
        one.add(moment)
    assert again.since(2.0) == [2.0, 3.0]
    assert SentLog(tmp_path, "mail.example.com", "bert").since(0.0) == []


def test_letters_noted_at_the_same_time_are_all_there_and_a_torn_end_does_not_matter(tmp_path: Path) -> None:
    log = SentLog(tmp_path, "mail.example.com", "anna")
    threads = [threading.Thread(target=lambda: [log.add(float(n)) for n in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (path,) = tmp_path.iterdir()
    with path.open("ab") as file:
        file.write(b"\x01\x02")
    assert log.since(0.0) == sorted(float(n) for n in range(200) for _ in range(4))


def test_what_is_older_than_a_day_is_forgotten(tmp_path: Path) -> None:
    log = SentLog(tmp_path, "mail.example.com", "anna")
    log.thin(0.0)
    log.add(10.0)
    log.add(90_000.0)
    log.thin(90_500.0)
    assert log.since(0.0) == [90_000.0]
