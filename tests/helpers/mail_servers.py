"""Postfix and Dovecot as Debian packages them, run from private folders on the loopback interface.

Needs `apt-get install postfix dovecot-imapd` and root (Postfix's master does). Nothing can leave the machine: every
transport but delivery of `mail.test` into a Maildir is set to `error:`. Each server is ended by its own pid.
"""

import contextlib
import datetime
import functools
import grp
import http.server
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from backend.lib.mail.accounts import Account
from tests.helpers.ports import answers, free_ports
from tests.helpers.waiting import until

DOMAIN = "mail.test"
USER, PASSWORD, TOKEN = "office@mail.test", "pässword 1", "token-that-is-good"


@dataclass(frozen=True)
class Certificates:
    """A CA's certificate, and pairs (certificate, key) signed by it or, for `stranger`, by nobody known."""

    ca: Path
    good: tuple[Path, Path]
    other_name: tuple[Path, Path]
    expired: tuple[Path, Path]
    stranger: tuple[Path, Path]


def make_certificates(folder: Path) -> Certificates:
    """Makes a CA and certificates for `localhost`, for another name, one that has expired, and one of nobody's."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder.mkdir(parents=True)
    today = datetime.datetime.now(datetime.UTC)

    def written(name: str, cn: str, issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None, age: int) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, cn)])
        signer, signing_key = issuer or (subject, key)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(signer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - datetime.timedelta(days=age + 2))
            .not_valid_after(today - datetime.timedelta(days=age - 2))
            .add_extension(x509.BasicConstraints(ca=name == "ca", path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
        )
        if name != "ca":
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(cn)]), critical=False)
        certificate = builder.sign(signing_key, hashes.SHA256())
        pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        (folder / f"{name}.key").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
        signers[name] = (subject, key)
        return folder / f"{name}.pem"

    signers: dict[str, tuple[x509.Name, ec.EllipticCurvePrivateKey]] = {}

    def pair(name: str, cn: str, by: str, age: int = 0) -> tuple[Path, Path]:
        return written(name, cn, signers[by], age), folder / f"{name}.key"

    ca = written("ca", "Deskhand test CA", None, 0)
    written("unknown-ca", "Nobody's CA", None, 0)
    return Certificates(
        ca,
        pair("good", "localhost", "ca"),
        pair("other", "other.test", "ca"),
        pair("expired", "localhost", "ca", 30),
        pair("stranger", "localhost", "unknown-ca"),
    )


@dataclass(frozen=True)
class MailServer:
    """A running Postfix. `ports`: plain (no TLS), starttls, tls, submission (STARTTLS and login), and one for each
    certificate that is wrong."""

    root: Path
    ports: dict[str, int]
    certificates: Certificates

    def account(self, port: str, **more: str) -> Account:
        """An account for one of the ports."""
        kind = "none" if port == "plain" else "tls" if port == "tls" else "starttls"
        login = more.get("login", "none")
        assert login in ("none", "password", "oauth2")
        return Account("localhost", self.ports[port], kind, login, more.get("user", USER))

    def delivered(self) -> Counter[str]:
        """How many messages have been put into the Maildir, by the local part of the recipient."""
        return Counter(local for local, _ in self._messages())

    def messages(self, local: str) -> list[bytes]:
        """The messages to one recipient, as they lie in the Maildir."""
        return [raw for found, raw in self._messages() if found == local]

    def _messages(self) -> list[tuple[str, bytes]]:
        """All messages with their recipients, as Postfix notes them in `Delivered-To`."""
        raws = [path.read_bytes() for path in sorted(self.root.glob("maildirs/all/new/*"))]
        found = [re.search(rb"^Delivered-To: (.*)@", raw, re.MULTILINE) for raw in raws]
        return [(match[1].decode(), raw) for match, raw in zip(found, raws, strict=True) if match]

    def subjects(self, local: str) -> list[str]:
        """Their subjects."""
        return [str(message_from_bytes(raw, policy=default)["Subject"]) for raw in self.messages(local)]


wait_until = functools.partial(until, seconds=15.0)


@contextlib.contextmanager
def server_folder() -> Generator[Path, None, None]:
    """A folder that the servers' own users can pass into; pytest closes its folders to all but one user."""
    with tempfile.TemporaryDirectory(prefix="deskhand-mail-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


_MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {root}/maillog
maillog_file_prefixes = {root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
alias_database =
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
local_transport = error:nothing leaves this machine
relayhost =
virtual_transport = virtual
virtual_mailbox_domains = mail.test
virtual_mailbox_base = {root}/maildirs
virtual_mailbox_maps = regexp:{root}/mailboxes
virtual_minimum_uid = 100
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_recipient_restrictions = check_recipient_access regexp:{root}/answers, reject_unauth_destination
smtpd_relay_restrictions =
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtpd_sasl_type = dovecot
smtpd_sasl_path = {root}/dovecot/auth
smtpd_sasl_auth_enable = no
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
in_flow_delay = 0
smtputf8_enable = yes
"""
_SERVICES = """
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 discard
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@contextlib.contextmanager
def postfix(root: Path, certificates: Certificates) -> Generator[MailServer, None, None]:
    """Runs a Postfix below `root` while the block runs."""
    assert os.getuid() == 0, "Postfix can only be started by root"
    assert shutil.which("postfix"), "these tests need the package postfix"
    user = pwd.getpwnam("nobody")
    for folder in ("queue", "data", "maildirs", "dovecot"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    shutil.chown(root / "data", "postfix", "postfix")
    shutil.chown(root / "maildirs", "nobody")
    ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
    cert, key = certificates.good
    (root / "main.cf").write_text(_MAIN.format(root=root, uid=user.pw_uid, gid=user.pw_gid, cert=cert, key=key))
    (root / "master.cf").write_text(_listeners(ports, certificates) + _SERVICES)
    (root / "mailboxes").write_text(_MAILBOXES)
    (root / "answers").write_text(_ANSWERS)
    _postfix(root, "start")
    try:
        for port in ports.values():
            wait_until(lambda port=port: answers(port))
        yield MailServer(root, ports, certificates)
    finally:
        end_server(int((root / "queue/pid/master.pid").read_text()))


_PORTS: tuple[str, ...] = ("plain", "starttls", "tls", "submission", "other_name", "expired", "stranger")
_MAILBOXES = "if !/^unknown/\n/@mail\\.test$/ all/\nendif\n"
_ANSWERS = "/^defer.*@/ 450 4.2.0 come back later\n/^refuse.*@/ 550 5.7.1 not wanted here\n"


def _listeners(ports: dict[str, int], certificates: Certificates) -> str:
    def line(name: str, *options: str) -> str:
        return f"127.0.0.1:{ports[name]} inet n - n - - smtpd" + "".join(f" -o {option}" for option in options) + "\n"

    def pair(which: tuple[Path, Path]) -> tuple[str, str]:
        return f"smtpd_tls_cert_file={which[0]}", f"smtpd_tls_key_file={which[1]}"

    may = "smtpd_tls_security_level=may"
    must = "smtpd_tls_security_level=encrypt"
    only_those = "smtpd_client_restrictions=permit_sasl_authenticated,reject"
    login = ("smtpd_sasl_auth_enable=yes", "smtpd_tls_auth_only=yes", only_those)
    return (
        line("plain")
        + line("starttls", may)
        + line("tls", "smtpd_tls_wrappermode=yes")
        + line("submission", must, *login)
        + line("other_name", may, *pair(certificates.other_name))
        + line("expired", may, *pair(certificates.expired))
        + line("stranger", may, *pair(certificates.stranger))
    )


def _postfix(root: Path, command: str) -> None:
    errors = root / "postfix.err"
    with errors.open("wb") as err:
        done = subprocess.run(
            ["postfix", "-c", str(root), command],
            timeout=30,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=err,
            check=False,
        )
    assert done.returncode == 0, errors.read_text()


def end_server(pid: int) -> None:
    """Ends a server and all that it has started."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        master = psutil.Process(pid)
        family = [master, *master.children(recursive=True)]
        master.send_signal(signal.SIGTERM)
        _, left = psutil.wait_procs(family, timeout=1)
        for process in left:
            process.kill()
        psutil.wait_procs(left, timeout=5)


_DOVECOT = """
base_dir = {root}/dovecot/run
state_dir = {root}/dovecot/state
log_path = {root}/dovecot/log
protocols =
ssl = no
auth_mechanisms = {mechanisms}
disable_plaintext_auth = no
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {root}/dovecot/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u {root}/dovecot/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/maildirs/%n
}}
service auth {{
  unix_listener {root}/dovecot/auth {{
    mode = 0666
  }}
}}
"""
_ALL_DOVECOTS = """
default_internal_user = dovecot
default_login_user = dovenull
auth_username_format = %u
auth_cache_size = 0
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


@contextlib.contextmanager
def dovecot(root: Path, mechanisms: str = "plain login xoauth2") -> Generator[Path, None, None]:
    """Runs a Dovecot for logins of the Postfix below the same `root`; tokens are judged by a server of our own."""
    own = root / "dovecot"
    own.mkdir(parents=True, exist_ok=True)
    with running_dovecot(own, _DOVECOT, lambda: (own / "auth").is_socket(), root=root, mechanisms=mechanisms):
        yield own


@contextlib.contextmanager
def running_dovecot(
    own: Path, configuration: str, ready: Callable[[], bool], **values: object
) -> Generator[None, None, None]:
    """Runs a Dovecot in a folder of its own while the block runs. `values` fill in its configuration."""
    assert shutil.which("dovecot"), "these tests need the package dovecot-imapd"
    (own / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}::::::\n")
    ids = {"uid": pwd.getpwnam("nobody").pw_uid, "gid": grp.getgrnam("nogroup").gr_gid}
    with token_judge() as judge:
        (own / "oauth2.conf").write_text(
            f"tokeninfo_url = http://127.0.0.1:{judge}/?token=\nusername_attribute = email\nactive_attribute = active\n"
            "active_value = yes\n"
        )
        (own / "dovecot.conf").write_text((configuration + _ALL_DOVECOTS).format(**values, **ids))
        with (own / "output").open("wb") as output:
            process = subprocess.Popen(
                ["dovecot", "-F", "-c", str(own / "dovecot.conf")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            wait_until(lambda: ready() or process.poll() is not None)
            assert process.poll() is None, (own / "output").read_text()
            yield
        finally:
            end_server(process.pid)
            process.wait(10)


@contextlib.contextmanager
def token_judge() -> Generator[int, None, None]:
    """The port of a server that Dovecot asks whether a token is good."""

    class Judge(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = parse_qs(urlparse(self.path).query).get("token", [""])[0]
            body = json.dumps({"email": USER, "active": "yes" if token == TOKEN else "no"}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Judge) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
