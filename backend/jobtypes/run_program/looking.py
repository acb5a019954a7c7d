"""What would be run. Nothing is started here."""

from backend.core.views import Fact, PreviewTable, Rehearsal
from backend.jobtypes.run_program.params import RunProgramParams
from backend.lib.masking import looks_secret, shown_value
from backend.lib.words import counted

SHOWN = 200


def rehearse(params: RunProgramParams) -> Rehearsal:
    """The program with each of its arguments as it will get them."""
    path = params.found()
    facts = [
        Fact(label="Program", value=str(path)),
        Fact(label="In the folder", value=str(params.start_folder)),
        Fact(label="At most", value=counted(params.minutes, "minute")),
        Fact(label="Success is", value=f"exit code {params.good}"),
    ]
    if params.fair.strip():
        facts.append(Fact(label="Warnings are", value=f"exit code {params.fair}"))
    tables: list[PreviewTable] = []
    if params.arguments:
        rows = [[str(number), text] for number, text in enumerate(params.arguments[:SHOWN], start=1)]
        tables.append(PreviewTable(title="Arguments", columns=["", "As it is handed over"], rows=rows))
    if params.variables:
        rows = [[row.name, shown_value(row.name, row.value)] for row in params.variables[:SHOWN]]
        tables.append(PreviewTable(title="Environment", columns=["Name", "Value"], rows=rows))
    warnings = ["What a program changes cannot be foreseen here, and Deskhand cannot take it back."]
    warnings += [
        f"“{row.name}” looks like a secret. It would be kept in the list of jobs for all to see who can open it."
        for row in params.variables
        if looks_secret(row.name)
    ]
    with_ = f"with {counted(len(params.arguments), 'argument')}" if params.arguments else "without arguments"
    return Rehearsal(headline=f"“{path.name}” would be run {with_}.", facts=facts, warnings=warnings, tables=tables)
