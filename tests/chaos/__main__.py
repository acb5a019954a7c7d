"""`make chaos`: the full storm and its control, then the sender of mailings killed hundreds of times.

Ends with 1 unless the first is clean, the second is not, and nobody has got a letter twice or been left out.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.chaos.storm import Aftermath, Storm, blow

FULL = Storm(jobs=500, kills=300, seed=20261124, patience=180, pauses=(0.05, 2.5))
MAIL_KILLS = 200
CONTROL = Storm(jobs=60, kills=40, seed=20261124, patience=20, recovery=False)


def say(name: str, after: Aftermath) -> None:
    """The figures."""
    found = after.audit
    kills = ", ".join(f"{number} {part}" for part, number in after.killed.items())
    print(
        f"{name}: {found.jobs} jobs, {sum(after.killed.values())} kills ({kills}) in {after.took:.0f} s; "
        f"{found.again} attempts more than jobs\n"
        f"  lost {len(found.lost)}, completed twice {len(found.twice)}, stuck {len(found.stuck)}, "
        f"failed {len(found.failed)}, without effect {len(found.without_effect)}, orphans {len(found.orphans)}",
        flush=True,
    )
    if not found.is_clean:
        print(f"  {found}")


def mail_kills() -> bool:
    """The tests of `tests/integration/test_mail_kills.py`, with a few hundred kills."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "tests/integration/test_mail_kills.py"]
    environment = {**os.environ, "DESKHAND_MAIL_KILLS": str(MAIL_KILLS)}
    return subprocess.run(command, env=environment, check=False).returncode == 0


def main() -> int:
    """Runs all three."""
    with tempfile.TemporaryDirectory(prefix="deskhand-chaos-") as folder:
        top = Path(folder)
        for name in ("full", "control"):
            (top / name).mkdir()
        full = blow(FULL, top / "full")
        say("storm", full)
        control = blow(CONTROL, top / "control")
        say("without recovery", control)
    mail_is_right = mail_kills()
    return 0 if full.audit.is_clean and not control.audit.is_clean and mail_is_right else 1


if __name__ == "__main__":
    sys.exit(main())
