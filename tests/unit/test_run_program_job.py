"""Running programs: real ones, well-behaved and not, and nothing of them is left."""

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.core.errors import UserError
from backend.core.roles import command
from backend.jobtypes.contract import JobStopped, Outcome
from backend.jobtypes.run_program import JOB_TYPE
from backend.jobtypes.run_program.params import RunProgramParams
from backend.lib.programs import running
from backend.lib.programs.output import Excerpt, Lines
from backend.queue.checking import checked
from tests.helpers.direct_context import DirectContext
from tests.helpers.tree import ROOT
from tests.helpers.waiting import until

# A program that leaves its session, its parent and its group behind, as daemons do, and notes its number.
DAEMON = """
    import os, signal, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            with open(sys.argv[1], "w") as file:
                file.write(str(os.getpid()))
            time.sleep(600)
        os._exit(0)
    while not os.path.exists(sys.argv[1]) or not os.path.getsize(sys.argv[1]):
        time.sleep(0.01)
    print("ready", flush=True)
"""


def program(text: str) -> dict[str, Any]:
    """Answers that run a Python program."""
    return {"program": sys.executable, "arguments": ["-c", textwrap.dedent(text)]}


def run(tmp_path: Path, **answers: Any) -> tuple[DirectContext, Outcome]:
    """The job, run to its end."""
    ctx = DirectContext(tmp_path / "job")
    return ctx, JOB_TYPE.run(params_of(**answers), ctx)


def params_of(**answers: Any) -> RunProgramParams:
    """Answers as the queue takes them."""
    params = checked(JOB_TYPE, answers)
    assert isinstance(params, RunProgramParams)
    return params


def lines(ctx: DirectContext) -> list[str]:
    """The log."""
    return [message for _, message, _ in ctx.lines]


def lives(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


class Stopping(DirectContext):
    """Stops as soon as the program has written something."""

    def stop_requested(self) -> bool:
        """See above."""
        return any("ready" in message for _, message, _ in self.lines)


def test_what_it_writes_is_in_the_log_and_its_code_is_the_outcome(tmp_path: Path) -> None:
    ctx, outcome = run(
        tmp_path, **program("import sys; print('one', flush=True); print('two', file=sys.stderr); sys.exit(0)")
    )
    assert sorted(lines(ctx)) == ["one", "two"]
    assert outcome.facts == {"code": 0, "lines": 2, "bytes": 8}
    assert "ended well" in outcome.summary
    assert any(told.message == "two" for told in ctx.told)


def test_arguments_and_variables_arrive_as_they_are_and_there_is_no_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKHAND_DATABASE_URL", "postgresql://ann:secret@server/x")
    hostile = ["$(touch pwned)", "; rm -rf x", "a b", '"quoted"', "*", "-c", "ü€"]
    text = """
        import json, os, sys
        wanted = ("GREETING", "PATH", "DESKHAND", "PYTHON")  # a line of the log is bounded, the environment is not
        environment = {name: value for name, value in os.environ.items() if name.startswith(wanted)}
        print(json.dumps([sys.argv[1:], os.getcwd(), environment]))
    """
    variables = [{"name": "GREETING", "value": "hello $HOME"}]
    ctx, _ = run(
        tmp_path,
        program=sys.executable,
        arguments=["-c", textwrap.dedent(text), *hostile],
        folder=str(tmp_path),
        variables=variables,
    )
    arguments, folder, environment = json.loads(lines(ctx)[0])
    assert arguments == hostile
    assert folder == str(tmp_path)
    assert environment["GREETING"] == "hello $HOME"
    assert environment["PATH"] == os.environ["PATH"]
    assert not [name for name in environment if name.startswith(("DESKHAND", "PYTHONPATH"))]
    assert not (tmp_path / "pwned").exists()


def test_a_program_is_found_by_its_name(tmp_path: Path) -> None:
    ctx, _ = run(tmp_path, program="uname")
    assert lines(ctx) == ["Linux"]


@pytest.mark.parametrize(
    ("code", "good", "fair", "ends"),
    [
        (0, "0", "", "well"),
        (3, "0, 2-4", "", "well"),
        (1, "0", "1", "warnings"),
        (2, "0", "1", "failed"),
        (255, "1-255", "", "well"),
    ],
)
def test_chosen_exit_codes_are_success_or_warnings(tmp_path: Path, code: int, good: str, fair: str, ends: str) -> None:
    answers = {**program(f"print('the last word'); raise SystemExit({code})"), "good": good, "fair": fair}
    if ends == "failed":
        with pytest.raises(UserError, match=r"exit code 2.*the last word"):
            run(tmp_path, **answers)
        return
    ctx, outcome = run(tmp_path, **answers)
    assert ends in outcome.summary
    assert bool(ctx.warnings) == (ends == "warnings")


def test_a_program_that_is_ended_from_outside_has_failed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="SIGKILL"):
        run(tmp_path, **program("import os; os.kill(os.getpid(), 9)"))


def test_a_stop_ends_also_what_has_left_its_session(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    answers = {"program": sys.executable, "arguments": ["-c", textwrap.dedent(DAEMON) + "time.sleep(600)", str(note)]}
    began = time.monotonic()
    with pytest.raises(JobStopped):
        JOB_TYPE.run(params_of(**answers), Stopping(tmp_path / "job"))
    assert time.monotonic() - began < 10
    assert not lives(int(note.read_text()))


def test_what_a_program_leaves_running_is_ended_and_said(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    answers = {"program": sys.executable, "arguments": ["-c", textwrap.dedent(DAEMON), str(note)]}
    ctx, outcome = run(tmp_path, **answers)
    assert outcome.facts["code"] == 0
    assert "left running" in ctx.warnings[0]
    assert not lives(int(note.read_text()))


def test_the_death_of_the_worker_ends_the_program(tmp_path: Path) -> None:
    """The worker is killed without a word; the keeper sees its input end."""
    note = tmp_path / "pid"
    code = f"""
        import json, subprocess, sys, time
        from backend.core.roles import command
        keeper = subprocess.Popen(command("program"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        order = {{"command": [sys.executable, "-c", {textwrap.dedent(DAEMON)!r}, {str(note)!r}], "folder": "/",
                 "environment": {{}}}}
        order["command"][2] += "time.sleep(600)"
        keeper.stdin.write(json.dumps(order).encode() + b"\\n")
        keeper.stdin.flush()
        time.sleep(600)
    """
    worker = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, stderr=subprocess.DEVNULL)
    until(lambda: note.exists() and note.read_text() != "", seconds=20)
    worker.kill()
    worker.wait()
    until(lambda: not lives(int(note.read_text())), seconds=20)


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = running.run_program
    note = tmp_path / "pid"
    monkeypatch.setattr(
        "backend.jobtypes.run_program.run.run_program", lambda *rest, **more: real(*rest, **{**more, "seconds": 1.0})
    )
    text = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    with pytest.raises(UserError, match="longer than 60 minutes") as caught:
        run(tmp_path, **program(text))
    assert caught.value.fields.keys() == {"minutes"}
    assert not lives(int(note.read_text()))


def test_a_pause_lets_the_program_rest_and_its_time_stand_still(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    text = f"""
        import time
        for number in range(40):
            open({str(counter)!r}, "w").write(str(number))
            time.sleep(0.05)
    """
    seen: list[str] = []

    class Pausing(DirectContext):
        def checkpoint(self) -> None:
            if not seen and counter.exists():
                time.sleep(1.0)
                seen.append(counter.read_text())
                time.sleep(1.0)
                seen.append(counter.read_text())

    JOB_TYPE.run(params_of(**program(text)), Pausing(tmp_path / "job"))
    assert seen[0] == seen[1] != "39"
    assert counter.read_text() == "39"


def test_much_output_is_bounded_in_the_log_and_whole_in_the_file(tmp_path: Path) -> None:
    ctx, outcome = run(
        tmp_path, **program("for n in range(300_000): print(n, 'x' * 20)"), keep=True, into=str(tmp_path)
    )
    kept = (tmp_path / f"{Path(sys.executable).name} output.txt").read_text()
    assert kept.count("\n") == outcome.facts["lines"] == 300_000
    logged = lines(ctx)
    assert len(logged) == 2201
    assert logged[0].startswith("0 ")
    assert logged[2000] == "[297,800 lines are left out here]"
    assert logged[-1].startswith("299999 ")


def test_bytes_without_an_end_of_line_do_no_harm(tmp_path: Path) -> None:
    ctx, outcome = run(tmp_path, **program("import sys; sys.stdout.buffer.write(bytes(range(256)) * 100_000)"))
    assert outcome.facts["bytes"] == 25_600_000
    assert max(len(line) for line in lines(ctx)) <= 2001


@pytest.mark.parametrize(
    ("encoding", "written", "read"),
    [
        ("", "Zoë 发票\n".encode(), ["Zoë 发票"]),
        ("", "Zoë\nplain\r\n".encode("latin-1"), ["Zoë", "plain"]),
        ("cp1252", b"\x80 5\n", ["€ 5"]),
        ("gb18030", "发票\n".encode("gb18030"), ["发票"]),
        ("utf-16-le", "发票\r\nb".encode("utf-16-le"), ["发票", "b"]),
        ("", b"\x1b[31mred\x1b[0m \x1b]0;title\x07done\x00\n", ["red done"]),
        ("", b"10%\r20%\r30%\n", ["10%", "20%", "30%"]),
    ],
)
def test_lines_are_read_in_any_encoding_however_they_come(encoding: str, written: bytes, read: list[str]) -> None:
    for step in (1, 2, 1000):
        cut = Lines(encoding)
        found = [line for at in range(0, len(written), step) for line in cut.feed(written[at : at + step])]
        assert [line for line in [*found, *cut.end()] if line] == read


def test_an_excerpt_of_few_lines_is_all_of_them() -> None:
    for count in (0, 1, 5, 6, 7):
        said: list[str] = []
        excerpt = Excerpt(said.append, first=4, last=2)
        for number in range(count):
            excerpt.add(str(number))
        excerpt.end()
        whole = [str(number) for number in range(count)]
        assert said == (whole if count <= 6 else [*whole[:4], "[1 lines are left out here]", "5", "6"])


def test_what_cannot_be_run_is_said_at_its_field(tmp_path: Path) -> None:
    plain = tmp_path / "plain.txt"
    plain.write_text("hello")
    strange = tmp_path / "strange"
    strange.write_text("no program")
    strange.chmod(0o755)
    orphan = tmp_path / "orphan"
    orphan.write_text("#!/no/such/interpreter\n")
    orphan.chmod(0o755)
    for answers, field, words in (
        ({"program": str(tmp_path / "gone")}, "program", "is not there"),
        ({"program": "no-such-program"}, "program", "knows no program"),
        ({"program": "./here"}, "program", "whole path"),
        ({"program": str(plain)}, "program", "may not be run"),
        ({"program": str(strange)}, "program", "no program that this computer can run"),
        ({"program": str(orphan)}, "program", "what it is to be run by"),
        ({"program": sys.executable, "folder": str(tmp_path / "gone")}, "folder", "is not there"),
        ({"program": sys.executable, "keep": True}, "into", "is missing"),
        ({"program": sys.executable, "good": "zero"}, "good", "no exit code"),
        ({"program": sys.executable, "variables": [{"name": "A=B"}]}, "variables.0.name", "no = in it"),
    ):
        with pytest.raises(UserError) as caught:
            run(tmp_path, **answers)
        assert words in caught.value.fields[field]


def test_the_rehearsal_shows_each_argument_and_starts_nothing(tmp_path: Path) -> None:
    assert JOB_TYPE.rehearse is not None
    note = tmp_path / "started"
    secret = [{"name": "API_TOKEN", "value": "tok-1"}]
    params = params_of(**program(f"open({str(note)!r}, 'w')"), variables=secret, fair="1")
    seen = JOB_TYPE.rehearse(params)
    assert "with 2 arguments" in seen.headline
    assert [row[1] for row in seen.tables[0].rows] == params.arguments
    assert "tok-1" not in seen.model_dump_json()
    assert "looks like a secret" in " ".join(seen.warnings)
    assert not note.exists()


def test_the_keeper_answers_in_its_own_words_only(tmp_path: Path) -> None:
    order = json.dumps({"command": ["/bin/sh", "-c", "echo out; exit 7"], "folder": "/", "environment": {}})
    process = subprocess.Popen(
        command("program"), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    process.stdin.write(order + "\n")
    process.stdin.flush()
    assert process.stdout is not None
    assert process.stdout.read() == "out\n"
    assert process.wait(10) == 0
    assert process.stderr is not None
    assert json.loads(process.stderr.read()) == {"code": 7, "by_itself": True, "left": []}
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
