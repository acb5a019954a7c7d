"""Unpacks a ZIP file."""

from backend.core.views import Fact, PreviewTable, Rehearsal
from backend.jobtypes.archive.params import ArchiveParams
from backend.jobtypes.contract import JobContext, Outcome
from backend.lib.archives.reading import Archive, opened
from backend.lib.archives.unpacking import check_room, unpack
from backend.lib.words import counted, shown, size

SHOWN = 200


def rehearse(params: ArchiveParams) -> Rehearsal:
    """What is in it, and where it would go."""
    assert params.archive is not None
    with opened(params.archive, params.secret()) as archive:
        check_room(archive, params.folder)
        files = [entry for entry in archive.entries if not entry.is_folder]
        rows = [[shown("/".join(entry.parts)), size(entry.size)] for entry in files[:SHOWN]]
        return Rehearsal(
            headline=f"{counted(len(files), 'file')} ({size(archive.size)}) would be unpacked.",
            facts=[Fact(label="Into a new folder", value=str(params.folder / params.archive.stem))],
            warnings=_notes(archive),
            tables=[
                PreviewTable(
                    title="What is in it",
                    columns=["Name", "Size"],
                    rows=rows,
                    note=f"The first {SHOWN:,} of {len(files):,}" if len(files) > SHOWN else "",
                )
            ],
        )


def run(params: ArchiveParams, ctx: JobContext) -> Outcome:
    """Unpacks it into a new folder: all of it, or nothing."""
    assert params.archive is not None
    done = 0
    with opened(params.archive, params.secret()) as archive:
        for note in _notes(archive):
            ctx.warn(note)

        def poll(amount: int, name: str) -> None:
            nonlocal done
            done += amount
            ctx.checkpoint()
            ctx.progress(done, archive.size, "bytes", f"Unpacking {shown(name)}")

        made = unpack(archive, params.folder, str(ctx.job_id), poll)
        files = sum(not entry.is_folder for entry in archive.entries)
    return Outcome(
        summary=f"{counted(files, 'file')} ({size(done)}) are in the new folder '{made}'.",
        facts={"files": files, "bytes": done, "folder": str(made)},
    )


def _notes(archive: Archive) -> list[str]:
    if not archive.left_out:
        return []
    names = ", ".join(shown(name) for name in archive.left_out[:3])
    return [f"Links and the like in it are left out, such as {names}."]
