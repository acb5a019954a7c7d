"""The sentences for what can be wrong with a table file."""

from pathlib import Path

from backend.core.errors import UserError


def file_problem(code: str, message: str, hint: str) -> UserError:
    """An error that belongs beside the field `file`."""
    return UserError(f"file.{code}", message, hint, fields={"file": f"{message} {hint}"})


def missing(path: Path) -> UserError:
    """There is no such file."""
    return file_problem(
        "missing", f"'{path.name}' is not there any more.", "Look whether it was moved or renamed, and pick it again."
    )


def locked(path: Path) -> UserError:
    """The system refuses to let us read it."""
    return file_problem(
        "locked",
        f"'{path.name}' cannot be opened.",
        "Close it where it is open, or ask for permission to read it, and try again.",
    )


def unreadable(path: Path, error: OSError) -> UserError:
    """Opening or reading fails in another way."""
    return file_problem(
        "unreadable",
        f"'{path.name}' could not be read ({error.strerror or type(error).__name__}).",
        "Check that the drive is connected, or copy the file to this computer first.",
    )


def of_os_error(path: Path, error: OSError) -> UserError:
    """The right sentence for an error that opening or reading `path` raised."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return missing(path)
    if isinstance(error, IsADirectoryError):
        return file_problem("folder", f"'{path.name}' is a folder.", "Pick the file inside it.")
    if isinstance(error, PermissionError):
        return locked(path)
    return unreadable(path, error)


def empty(path: Path) -> UserError:
    """Nothing is in it."""
    return file_problem("empty", f"'{path.name}' is empty.", "Pick a file with a table in it.")


def no_rows(path: Path) -> UserError:
    """A header without rows."""
    return file_problem(
        "no_rows", f"'{path.name}' has no rows below its header.", "Pick a file with at least one row of values."
    )


def not_a_table(path: Path) -> UserError:
    """The contents are of another kind."""
    return file_problem(
        "not_a_table",
        f"'{path.name}' is not a table that can be read.",
        "Pick a CSV, Excel (.xlsx), OpenDocument (.ods), Parquet or SQLite file.",
    )


def broken(path: Path, kind: str) -> UserError:
    """The contents are of the right kind, but damaged."""
    return file_problem(
        "broken",
        f"'{path.name}' is damaged: it could not be read as {kind}.",
        "Open it in the program it comes from, save it again, and try that copy.",
    )


def password(path: Path) -> UserError:
    """A workbook that is encrypted."""
    return file_problem(
        "password",
        f"'{path.name}' is protected with a password.",
        "Open it in Excel, take the password off (File, Info, Protect Workbook), save it, and try again.",
    )


def old_excel(path: Path) -> UserError:
    """A workbook of before 2007."""
    return file_problem(
        "old_excel",
        f"'{path.name}' is in the old Excel format of before 2007.",
        "Open it in Excel and save it as 'Excel Workbook (.xlsx)'.",
    )


def absurd(path: Path, why: str) -> UserError:
    """A workbook that would fill the memory: a bomb, or a stray cell in a far corner."""
    return file_problem(
        "absurd",
        f"'{path.name}' was not opened, because {why}.",
        "If it is yours: copy the part with the table to a new workbook, save that, and pick it.",
    )


def no_such_table(path: Path, table: str, there: list[str]) -> UserError:
    """The sheet or table that was asked for does not exist."""
    known = ", ".join(f"'{name}'" for name in there[:6])
    message = f"There is no sheet or table '{table}' in '{path.name}'."
    hint = f"It has {known}." if there else "It has none."
    return UserError("file.no_such_table", message, hint, fields={"table": f"{message} {hint}"})


def no_such_column(name: str, field: str, there: list[str]) -> UserError:
    """A column that the answers name is not in the table. `field` is the dotted path of the answer."""
    import difflib

    near = difflib.get_close_matches(name, there, n=1)
    message = f"There is no column '{name}' in this table."
    hint = f"Did you mean '{near[0]}'?" if near else "Pick one from the list."
    return UserError("column.missing", message, hint, fields={field: f"{message} {hint}"})
