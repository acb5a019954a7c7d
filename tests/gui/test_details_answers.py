"""The answers that a job was given, as the details show them."""

from backend.jobtypes.web_service import JOB_TYPE
from desktop.ui.details.answers import answer_rows


def test_only_what_the_form_asked_for_is_shown() -> None:
    schema = JOB_TYPE.params.model_json_schema()
    given = JOB_TYPE.params.model_validate({"url": "https://example.com/orders", "folder": "/data"})
    titles = [title for title, _ in answer_rows(given.model_dump(mode="json"), schema)]
    assert titles == [
        "Method",
        "Address",
        "Pages",
        "Keep the answer",
        "Folder",
        "Time for an answer",
        "Largest answer",
        "Try again",
    ]
    paged = given.model_copy(update={"pages": "number", "page_name": "page", "method": "POST"})
    shown = dict(answer_rows(paged.model_dump(mode="json"), schema))
    assert (shown["Name in the address"], shown["First page"], shown["Send along"]) == ("page", "1", "Nothing")
