"""Signing in with a provider: a real authorisation server on loopback, and XOAUTH2 judged by a real Dovecot."""

import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from backend.core.errors import NeedsUserError, UserError
from backend.lib.mail.oauth import AccessTokens, SignIn, check_address
from tests.helpers.imap_servers import imap_server
from tests.helpers.mail_servers import TOKEN, USER, dovecot, make_certificates, postfix, server_folder
from tests.helpers.oauth_server import Authority
from tests.helpers.running_host import RunningHost, running_host
from tests.helpers.waiting import until


@pytest.fixture
def authority() -> Generator[Authority]:
    with Authority(TOKEN, client_secret="hush").serving() as serving:
        yield serving


def visit(url: str) -> threading.Thread:
    """The browser: follows where it is sent to."""
    browser = threading.Thread(target=lambda: httpx.get(url, follow_redirects=True, timeout=20))
    browser.start()
    return browser


def signed_in(authority: Authority) -> str:
    sign_in = SignIn(authority.client(), USER)
    browser = visit(sign_in.url)
    try:
        return sign_in.wait(20)
    finally:
        browser.join()
        sign_in.close()


def test_the_browser_s_answer_is_exchanged_for_a_lasting_permission(authority: Authority) -> None:
    assert signed_in(authority) in authority.good
    (asked,) = authority.asked
    assert (asked["scope"], asked["login_hint"]) == ("mail", USER)
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")


def test_an_answer_without_the_right_state_is_not_taken(authority: Authority) -> None:
    sign_in = SignIn(authority.client())
    back = parse_qs(urlsplit(sign_in.url).query)["redirect_uri"][0]
    statuses: list[int] = []

    def forge_then_visit() -> None:
        for query in ("code=mine&state=guessed", "code=mine", ""):
            statuses.append(httpx.get(f"{back}?{query}", timeout=20).status_code)
        statuses.append(httpx.get(sign_in.url, follow_redirects=True, timeout=20).status_code)

    browser = threading.Thread(target=forge_then_visit)
    browser.start()
    assert sign_in.wait(20) in authority.good
    browser.join()
    sign_in.close()
    assert statuses == [400, 400, 400, 200]


def test_a_no_and_a_silence_are_told_in_words(authority: Authority) -> None:
    authority.denies = True
    with pytest.raises(UserError, match="did not let you in: access_denied"):
        signed_in(authority)
    sign_in = SignIn(authority.client())
    with pytest.raises(UserError, match="Nobody signed in"):
        sign_in.wait(0.3)
    sign_in.close()


def test_a_wrong_client_secret_is_told(authority: Authority) -> None:
    client = authority.client()
    authority.client_secret = "another"
    sign_in = SignIn(client)
    browser = visit(sign_in.url)
    with pytest.raises(UserError, match="gave no permission: invalid_client"):
        sign_in.wait(20)
    browser.join()
    sign_in.close()


def test_an_access_token_is_used_until_shortly_before_it_runs_out(authority: Authority) -> None:
    refresh, tokens = signed_in(authority), AccessTokens()
    renewed: list[str] = []
    assert {tokens.get(authority.client(), refresh, renewed.append) for _ in range(5)} == {TOKEN}
    assert authority.refreshed == 1
    authority.expires_in = 100
    short = AccessTokens()
    for _ in range(2):
        short.get(authority.client(), refresh, renewed.append)
    assert (authority.refreshed, renewed) == (3, [])


def test_a_permission_that_is_replaced_is_handed_on_and_one_that_is_gone_asks_for_a_person(
    authority: Authority,
) -> None:
    refresh = signed_in(authority)
    authority.rotates, authority.expires_in = True, 1
    renewed: list[str] = []
    tokens = AccessTokens()
    tokens.get(authority.client(), refresh, renewed.append)
    (following,) = renewed
    tokens.get(authority.client(), following, renewed.append)
    with pytest.raises(NeedsUserError, match="earlier sign-in") as caught:
        tokens.get(authority.client(), refresh, renewed.append)
    assert caught.value.code == "mail.login.sign_in"


def test_nobody_signs_in_over_an_open_connection() -> None:
    assert check_address(" https://login.example.com/auth ") == "https://login.example.com/auth"
    with pytest.raises(ValueError, match="https"):
        check_address("http://login.example.com/auth")


def signs_in(host: RunningHost, settings: dict[str, Any]) -> dict[str, Any]:
    """A sign-in over the API, once it has come to its end."""
    begun = host.client.post("/sign-ins", json={"settings": settings}).json()
    assert begun.get("state") == "waiting", begun
    browser = visit(begun["url"])

    def look() -> dict[str, Any] | None:
        now = host.client.get(f"/sign-ins/{begun['id']}").json()
        return now if now["state"] != "waiting" else None

    ended = until(look)
    browser.join()
    return ended


def test_an_account_is_signed_in_to_in_the_browser_tested_and_saved_without_a_token_in_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    authority.rotates, authority.expires_in = True, 1
    with (
        server_folder() as folder,
        postfix(folder, certificates := make_certificates(folder / "certificates")) as server,
        dovecot(folder),
        running_host(tmp_path / "data") as host,
    ):
        settings = {
            "address": USER,
            "login": "oauth2",
            "host": "localhost",
            "port": server.ports["submission"],
            "client_id": "desk",
            "client_secret": "hush",
            "authorize_url": f"{authority.base}/authorize",
            "token_url": f"{authority.base}/token",
            "scope": "mail",
            "internal": True,
            "ca_file": str(certificates.ca),
        }
        missing = host.client.post("/accounts", json={"kind": "mail", "settings": settings}).json()
        assert missing["fields"] == {"refresh_token": "Please fill this in."}
        settings["refresh_token"] = signs_in(host, settings)["ticket"]
        tried = {"kind": "mail", "settings": settings}
        assert "takes mail from" in host.client.post("/accounts/test", json=tried).json().get("message", "")
        saved = host.client.post("/accounts", json=tried).json()
        assert set(saved["secrets"]) == {"client_secret", "refresh_token"}
        kept = {name: value for name, value in settings.items() if name not in saved["secrets"]}
        again = {"kind": "mail", "settings": kept, "account": saved["id"]}
        with imap_server(folder, certificates) as reading:
            both = {**again, "settings": {**kept, "imap_host": "localhost", "imap_port": reading.port}}
            message = host.client.post("/accounts/test", json=both).json()["message"]
            assert message.endswith("Mail can be read from localhost.")
        unread = host.client.post("/accounts/test", json=both).json()
        assert unread["message"].startswith("Sending works, but reading does not.")
        assert unread["fields"] == {"imap_host": "Mail cannot be read."}
        assert "takes mail from" in host.client.post("/accounts/test", json=again).json().get("message", "")
        secret = [*authority.good, TOKEN, "hush"]
        for path in (tmp_path / "data").rglob("*"):
            if path.is_file():
                text = path.read_bytes()
                assert not [one for one in secret if one.encode() in text], path
        authority.good.clear()
        refused = host.client.post("/accounts/test", json=again).json()
        assert refused["fields"] == {"refresh_token": "Please sign in again."}
        gone = host.client.post(
            "/accounts", json={**tried, "settings": {**settings, "refresh_token": "deskhand-sign-in:x"}}
        )
        assert gone.json()["code"] == "account.ticket"
        authority.denies = True
        assert signs_in(host, kept | {"client_secret": "hush"})["problem"]["code"] == "oauth.refused"
