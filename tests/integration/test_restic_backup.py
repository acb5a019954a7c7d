"""Backups of everything awkward, judged by the official restic; and repositories that it made."""

import json
import os
import random
import threading
from pathlib import Path

import pytest

from backend.core.errors import UserError
from backend.lib.restic.backup import BackupResult, back_up
from backend.lib.restic.browse import find, folder, nodes_of, sources, walk
from backend.lib.restic.errors import LockedError, NoRepositoryError, SourceGoneError, WrongPasswordError
from backend.lib.restic.exclusions import Exclusions
from backend.lib.restic.locks import locked
from backend.lib.restic.progress import Progress
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import NothingRestoredError, restore
from backend.lib.restic.snapshots import load_snapshots
from backend.lib.restic.survey import survey
from backend.lib.restic.verify import verify
from tests.helpers.restic_judge import PASSWORD, judge, judge_restores, listed, make_repository, restic
from tests.helpers.trees import awkward_tree, change_some, office_tree, picture


def remove_specials(tree: Path) -> None:
    for name in ("pipe", "socket"):
        (tree / name).unlink()


def troubles(result: BackupResult) -> dict[str, str]:
    return {Path(skipped.path).name: skipped.trouble for skipped in result.skipped}


def test_everything_awkward_comes_back_by_the_official_restic_and_by_deskhand(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    awkward_tree(source)
    result = back_up(make_repository(place), [source])
    assert troubles(result) == {"pipe": "special", "socket": "special"}
    remove_specials(source)
    judge(place)
    judge_restores(place, source, tmp_path / "official")

    repository = Repository.open(place, PASSWORD)
    restored = restore(repository, load_snapshots(repository)[-1], tmp_path / "ours")
    assert not restored.failed
    assert not restored.damaged
    back = Path(f"{tmp_path / 'ours'}{source}")
    assert picture(back) == picture(source)
    assert (back / "sparse").stat().st_blocks * 512 < 1 << 20
    assert verify(repository).good


def test_deskhand_goes_on_in_a_repository_that_restic_made_and_restic_in_deskhands(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    awkward_tree(source)
    remove_specials(source)
    restic(place, "init", "--repository-version", "2")
    restic(place, "backup", str(source))
    repository = Repository.open(place, PASSWORD)
    first = back_up(repository, [source])
    assert first.files_changed == first.files_new == 0, "restic's version is the parent and nothing has changed"
    assert verify(repository).good
    change_some(source, 0.2)
    second = back_up(repository, [source])
    assert second.files_changed > 0
    judge(place)
    judge_restores(place, source, tmp_path / "official")
    original = load_snapshots(repository)[0]
    restore(repository, original, tmp_path / "ours")
    restic(place, "restore", original.id, "--target", str(tmp_path / "official first"))
    assert picture(tmp_path / "ours") == picture(tmp_path / "official first")


def test_restic_goes_on_in_a_repository_that_deskhand_made_without_sending_again(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 60)
    back_up(make_repository(place), [source])
    size = sum(path.stat().st_size for path in (place / "data").rglob("*") if path.is_file())
    restic(place, "backup", str(source))
    grown = sum(path.stat().st_size for path in (place / "data").rglob("*") if path.is_file())
    assert grown - size < 60_000, "only folders are stored again"
    assert listed(place)[-1]["parent"] == load_snapshots(Repository.open(place, PASSWORD))[0].id
    restic(place, "forget", "--keep-last", "1", "--prune")
    judge(place)
    assert verify(Repository.open(place, PASSWORD)).good


def source_tree(repository: Repository, result: BackupResult) -> bytes:
    """The ID of what was backed up; the folders above it are others' affair."""
    return sources(repository, result.snapshot)[0].node.subtree


def test_a_second_run_reads_only_what_changed_and_both_versions_can_be_restored(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 120)
    repository = make_repository(place)
    first = back_up(repository, [source])
    before = picture(source)
    changed = change_some(source, 0.05)
    (source / "year-0" / "new.txt").write_text("new")
    second = back_up(repository, [source])
    assert (first.files_new, second.files_changed, second.files_new) == (120, changed, 1)
    assert second.files_unchanged == 120 - changed
    assert second.bytes_stored < first.bytes_stored / 3
    third = back_up(repository, [source])
    assert source_tree(repository, third) == source_tree(repository, second)
    assert (third.files_new, third.files_changed) == (0, 0)
    judge(place)
    judge_restores(place, source, tmp_path / "new")
    restore(repository, load_snapshots(repository)[0], tmp_path / "old")
    assert {k: v for k, v in picture(Path(f"{tmp_path / 'old'}{source}")).items() if v[0] == "file"} == {
        k: v for k, v in before.items() if v[0] == "file"
    }


def test_random_names_mean_the_same_to_both(tmp_path: Path) -> None:
    generator = random.Random(11)
    source, place = tmp_path / "source", tmp_path / "repo"
    source.mkdir()
    raw = os.fsencode(source)
    wanted: set[bytes] = set()
    while len(wanted) < 400:
        if generator.random() < 0.5:
            name = generator.randbytes(generator.randrange(1, 40))
        else:
            name = "".join(chr(generator.randrange(1, 0xD800)) for _ in range(generator.randrange(1, 20))).encode()
        name = name.replace(b"/", b"-").replace(b"\0", b"0")
        if name not in (b".", b".."):
            wanted.add(name)
    for name in wanted:
        Path(os.fsdecode(raw + b"/" + name)).touch()
    repository = make_repository(place)
    back_up(repository, [source])
    restic(place, "backup", str(source))
    ours, theirs = load_snapshots(repository)
    repository.load_index()
    path = os.fsencode(source).strip(b"/")
    assert {found.node.name for found in folder(repository, theirs, path)} == wanted
    assert {found.node.name for found in folder(repository, ours, path)} == wanted
    judge_restores(place, source, tmp_path / "official", ours.id)


def test_several_sources_become_one_version_and_one_inside_another_counts_once(tmp_path: Path) -> None:
    office_tree(tmp_path / "a", 10)
    office_tree(tmp_path / "b" / "inner", 10, seed=9)
    (tmp_path / "one.txt").write_text("one file alone")
    repository = make_repository(tmp_path / "repo")
    result = back_up(repository, [tmp_path / "b", tmp_path / "a", tmp_path / "b" / "inner", tmp_path / "one.txt"])
    assert result.files_new == 21
    judge(tmp_path / "repo")
    restic(tmp_path / "repo", "restore", "latest", "--target", str(tmp_path / "out"))
    for name in ("a", "b"):
        assert picture(Path(f"{tmp_path / 'out'}{tmp_path / name}")) == picture(tmp_path / name)
    assert Path(f"{tmp_path / 'out'}{tmp_path / 'one.txt'}").read_text() == "one file alone"


def test_a_destination_inside_the_source_is_not_backed_up(tmp_path: Path) -> None:
    source = tmp_path / "source"
    office_tree(source, 10)
    repository = make_repository(source / "backups" / "repo")
    result = back_up(repository, [source])
    again = back_up(repository, [source])
    assert (result.files_new, again.files_unchanged, again.files_new) == (10, 10, 0)
    judge(source / "backups" / "repo")


def test_what_is_excluded_is_left_out_and_counted_in_the_survey(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "keep" / ".cache").mkdir(parents=True)
    (source / "keep" / "letter.txt").write_text("letter")
    (source / "keep" / "~$letter.docx").write_text("lock")
    (source / "keep" / ".cache" / "x").write_text("x")
    (source / "build").mkdir()
    (source / "build" / "out.bin").write_bytes(bytes(5000))
    (source / "tagged").mkdir()
    (source / "tagged" / "CACHEDIR.TAG").write_bytes(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    (source / "big.iso").write_bytes(bytes(20_000))
    rules = Exclusions.of(["build/*.bin"], ["temporary files", "caches"], larger_than=10_000)
    repository = make_repository(tmp_path / "repo")
    counted = survey([str(source)], rules, tmp_path / "repo", lambda: None)
    assert counted.files == 1
    left_out = {Path(path).name for path in counted.excluded}
    assert left_out == {"big.iso", "out.bin", "tagged", "~$letter.docx", ".cache"}
    result = back_up(repository, [source], rules)
    names = {found.path.rpartition(b"/")[2] for found in walk(repository, result.snapshot, lambda: None)}
    assert b"letter.txt" in names
    assert not names & {b"out.bin", b"big.iso", b"x", b"~$letter.docx", b"CACHEDIR.TAG"}


def test_progress_never_goes_back_and_is_full_only_at_the_very_end(tmp_path: Path) -> None:
    source = tmp_path / "source"
    office_tree(source, 80)
    (source / "large.bin").write_bytes(random.Random(1).randbytes(12 << 20))
    told: list[Progress] = []
    repository = make_repository(tmp_path / "repo")
    back_up(repository, [source], on_progress=told.append)
    bytes_told = [progress.bytes for progress in told]
    assert bytes_told == sorted(bytes_told)
    assert min(bytes_told) >= 0
    assert all(progress.bytes < progress.total_bytes and progress.files < 81 for progress in told[:-1])
    last = told[-1]
    assert (last.files, last.bytes) == (last.total_files, last.total_bytes) == (81, last.total_bytes)
    assert list((tmp_path / "repo" / "snapshots").iterdir())


def test_two_backups_to_one_place_at_once_both_come_out_whole(tmp_path: Path) -> None:
    place = tmp_path / "repo"
    make_repository(place)
    for name in ("a", "b"):
        office_tree(tmp_path / name, 120, seed=ord(name))
    results: dict[str, BackupResult] = {}

    def run(name: str) -> None:
        results[name] = back_up(Repository.open(place, PASSWORD), [tmp_path / name])

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(results) == {"a", "b"}
    judge(place)
    for name, result in results.items():
        judge_restores(place, tmp_path / name, tmp_path / f"out-{name}", result.snapshot.id)
    assert not list((place / "locks").iterdir())


def test_the_official_restic_and_deskhand_back_up_to_one_place_at_once(tmp_path: Path) -> None:
    place = tmp_path / "repo"
    repository = make_repository(place)
    for name in ("ours", "theirs"):
        office_tree(tmp_path / name, 150, seed=len(name))
    theirs: list[str] = []
    thread = threading.Thread(target=lambda: theirs.append(restic(place, "backup", str(tmp_path / "theirs"))))

    def begin(_progress: Progress) -> None:
        if thread.ident is None:
            thread.start()

    ours = back_up(repository, [tmp_path / "ours"], on_progress=begin)
    thread.join(60)
    assert theirs
    judge(place)
    judge_restores(place, tmp_path / "ours", tmp_path / "out ours", ours.snapshot.id)
    (other,) = (found["id"] for found in listed(place) if found["id"] != ours.snapshot.id)
    judge_restores(place, tmp_path / "theirs", tmp_path / "out theirs", other)
    assert verify(Repository.open(place, PASSWORD)).good


def test_locks_are_respected_in_both_directions(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 5)
    repository = make_repository(place)
    back_up(repository, [source])
    with locked(repository):
        assert "locked" in restic(place, "forget", "--keep-last", "1", "--prune", refused=True)
        with pytest.raises(LockedError, match="working with this backup"), locked(repository, exclusive=True):
            pass
        restic(place, "backup", str(source))
        restic(place, "unlock")  # sends SIGHUP to who holds the lock
        assert len(list((place / "locks").iterdir())) == 1
    with locked(repository, exclusive=True), pytest.raises(LockedError):
        back_up(repository, [source])
    assert len(load_snapshots(repository)) == 2


def test_wrong_passwords_and_wrong_places_are_told_apart(tmp_path: Path) -> None:
    make_repository(tmp_path / "repo")
    with pytest.raises(WrongPasswordError, match="does not open"):
        Repository.open(tmp_path / "repo", "wrong")
    with pytest.raises(NoRepositoryError, match="no backup in"):
        Repository.open(tmp_path, PASSWORD)
    with pytest.raises(NoRepositoryError, match="already"):
        make_repository(tmp_path / "repo")
    with pytest.raises(UserError, match="needs a password"):
        Repository.create(tmp_path / "other", "")
    with pytest.raises(SourceGoneError):
        back_up(Repository.open(tmp_path / "repo", PASSWORD), [tmp_path / "nothing here"])


def test_a_repository_of_version_1_is_refused_in_plain_words(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo")
    config = json.loads(bytes(repository.key.unseal(repository.store.read_config()))) | {"version": 1}
    repository.store.write_config(bytes(repository.key.seal(json.dumps(config).encode())))
    with pytest.raises(NoRepositoryError, match="version 1"):
        Repository.open(tmp_path / "repo", PASSWORD)


def test_a_second_password_added_by_restic_opens_too(tmp_path: Path) -> None:
    make_repository(tmp_path / "repo")
    (tmp_path / "new").write_text("second")
    restic(tmp_path / "repo", "key", "add", "--new-password-file", str(tmp_path / "new"))
    assert Repository.open(tmp_path / "repo", "second").id == Repository.open(tmp_path / "repo", PASSWORD).id


def test_restoring_obeys_the_rule_for_what_exists_and_finding_looks_through_all_versions(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "Letter.txt").write_text("first")
    (source / "other.txt").write_text("other")
    repository = make_repository(tmp_path / "repo")
    first = back_up(repository, [source]).snapshot
    (source / "Letter.txt").write_text("second, longer")
    back_up(repository, [source])
    snapshots = load_snapshots(repository)
    hits = list(find(repository, snapshots, "letter"))
    assert [(hit.snapshot.id, hit.node.size) for hit in hits] == [(snapshots[1].id, 14), (snapshots[0].id, 5)]
    path = hits[1].path
    (source / "Letter.txt").write_text("live")
    restored = restore(repository, first, None, [path], "keep_both")
    assert (source / "Letter.txt").read_text() == "live"
    assert (source / "Letter (2).txt").read_text() == "first"
    assert restored.renamed == [(str(source / "Letter.txt"), str(source / "Letter (2).txt"))]
    assert restore(repository, first, None, [path], "skip").left_alone == [str(source / "Letter.txt")]
    assert (source / "Letter.txt").read_text() == "live"
    restore(repository, first, None, [path], "replace")
    assert (source / "Letter.txt").read_text() == "first"
    restore(repository, first, tmp_path / "chosen", [path])
    assert sorted(path.name for path in (tmp_path / "chosen").iterdir()) == ["Letter.txt"]
    with pytest.raises(NothingRestoredError, match="not in this version"):
        restore(repository, first, tmp_path / "nothing", [b"no/such/thing"])
    assert not [path for path in source.iterdir() if path.name.startswith(".deskhand")]
    assert nodes_of(repository, first.tree)


def test_a_link_in_the_way_is_never_followed_out_by_a_restore(tmp_path: Path) -> None:
    source, outside = tmp_path / "source", tmp_path / "outside"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "file").write_text("inside")
    repository = make_repository(tmp_path / "repo")
    snapshot = back_up(repository, [source]).snapshot
    outside.mkdir()
    target = tmp_path / "out"
    place = Path(f"{target}{source}")
    place.mkdir(parents=True)
    (place / "sub").symlink_to(outside)
    with pytest.raises(NothingRestoredError):
        restore(repository, snapshot, target)
    assert not list(outside.iterdir())
