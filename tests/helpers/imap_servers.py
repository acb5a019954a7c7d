"""A Dovecot that keeps one mailbox, read by IMAP over TLS; private, on the loopback interface, ended by its own pid."""

import contextlib
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.mail_servers import Certificates, running_dovecot
from tests.helpers.ports import answers, free_ports

_CONFIGURATION = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{cert}
ssl_key = <{key}
auth_mechanisms = plain login xoauth2
mail_location = maildir:{root}/mail
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {root}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u {root}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail
}}
namespace inbox {{
  inbox = yes
  mailbox Versendet {{
    special_use = \\Sent
    auto = create
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""


@dataclass(frozen=True)
class ImapServer:
    """A running Dovecot: `port` for TLS, `plain_port` for STARTTLS. The folder `Versendet` is the Sent folder."""

    root: Path
    port: int
    plain_port: int

    def put(self, message: bytes, folder: str = "") -> None:
        """Lays a message into the inbox, or into another folder."""
        place = self.root / "mail" / (f".{folder}" if folder else "") / "new"
        place.mkdir(parents=True, exist_ok=True)
        for part in ("cur", "tmp"):
            (place.parent / part).mkdir(exist_ok=True)
        target = place / f"{len(list(place.iterdir())) + 1}.{id(message)}.test"
        target.write_bytes(message)
        for path in (place.parent, *place.parent.iterdir(), target):
            shutil.chown(path, "nobody", "nogroup")


@contextlib.contextmanager
def imap_server(folder: Path, certificates: Certificates) -> Generator[ImapServer, None, None]:
    """Runs the Dovecot below `folder` while the block runs."""
    root = folder / "imap"
    (root / "mail").mkdir(parents=True)
    shutil.chown(root / "mail", "nobody", "nogroup")
    port, plain = free_ports(2)
    cert, key = certificates.good
    with running_dovecot(
        root, _CONFIGURATION, lambda: answers(port), root=root, cert=cert, key=key, port=port, plain=plain
    ):
        yield ImapServer(root, port, plain)
