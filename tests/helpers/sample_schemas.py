"""Job types as the API describes them, for trying forms: one like the report, and one with every kind of field."""

from typing import Any

Json = dict[str, Any]


def field(kind: str, title: str, help: str = "", section: str = "what", **rest: Any) -> Json:
    """A property as `backend.jobtypes.fields` writes it; `x_unit="days"` becomes `x-unit`."""
    said = {name.replace("_", "-") if name.startswith("x_") else name: value for name, value in rest.items()}
    return {"title": title, "description": help, "x-kind": kind, "x-section": section, **said}


def job_type(name: str, title: str, schema: Json, **rest: Any) -> Json:
    """An item of `GET /job-types`."""
    said = {"icon": "file", "order": 1, "can_rehearse": True, "has_options": True, "summary": "", **rest}
    return {"name": name, "title": title, "params_schema": schema, **said}


def text(**rest: Any) -> Json:
    """A string type."""
    return {"type": "string", **rest}


def optional(**schema: Any) -> Json:
    """A type that may be null."""
    return {"anyOf": [schema, {"type": "null"}], "default": None}


def a_list(items: Json, **rest: Any) -> Json:
    """An array type."""
    return {"type": "array", "items": items, **rest}


_FILE = ["source", "sheet"]

REPORT = job_type(
    "report",
    "Report",
    {
        "$defs": {
            "Filter": {
                "type": "object",
                "title": "Filter",
                "required": ["column"],
                "properties": {
                    "column": {**text(), **field("column", "Column", x_depends_on=_FILE)},
                    "test": {
                        **text(enum=["is", "is_not", "above", "below", "contains", "empty"], default="is"),
                        **field("choice", "Test", x_labels={"is": "is", "is_not": "is not", "above": "is above"}),
                    },
                    "value": {
                        **text(default=""),
                        **field("text", "Value", x_when={"test": ["is", "is_not", "above", "below", "contains"]}),
                    },
                },
            },
            "Total": {
                "type": "object",
                "required": ["column"],
                "properties": {
                    "column": {**text(), **field("column", "Column", x_depends_on=_FILE)},
                    "how": {
                        **text(enum=["sum", "mean", "count", "least", "most"], default="sum"),
                        **field("choice", "How", x_labels={"mean": "Average"}),
                    },
                },
            },
        },
        "type": "object",
        "required": ["source", "folder"],
        "properties": {
            "source": {
                **text(),
                **field(
                    "file-in",
                    "Spreadsheet or table",
                    "Excel, OpenDocument, CSV, Parquet or SQLite.",
                    "from",
                    x_suffixes=[".csv", ".tsv", ".xlsx", ".ods", ".parquet", ".db"],
                ),
            },
            "sheet": {
                **optional(type="string"),
                **field("pick", "Sheet", "", "from", x_depends_on=["source"], x_empty="The first one"),
            },
            "columns": {
                **a_list(text()),
                **field(
                    "columns",
                    "Columns to show",
                    "In the order they will have in the report. None chosen means all.",
                    x_depends_on=_FILE,
                ),
            },
            "filters": {
                **a_list({"$ref": "#/$defs/Filter"}, maxItems=5),
                **field("rows", "Only rows where", "All of these must be so.", x_add="Add a condition"),
            },
            "group_by": {**a_list(text()), **field("columns", "Group by", "", x_depends_on=_FILE)},
            "totals": {
                **a_list({"$ref": "#/$defs/Total"}),
                **field("rows", "Totals", "", x_add="Add a total"),
            },
            "sort": {
                **optional(type="string"),
                **field("column", "Sort by", "", "options", x_depends_on=_FILE, x_empty="As in the file"),
            },
            "descending": {
                "type": "boolean",
                "default": False,
                **field("yes-no", "Largest first", "", "options"),
            },
            "chart": {
                **text(enum=["none", "bar", "line", "pie"], default="none"),
                **field("choice", "Chart", "", x_labels={"none": "No chart", "bar": "Bars", "line": "Lines"}),
            },
            "chart_column": {
                **optional(type="string"),
                **field(
                    "column", "Figures for the chart", x_depends_on=_FILE, x_when={"chart": ["bar", "line", "pie"]}
                ),
            },
            "title": {
                **text(default="", maxLength=80),
                **field("text", "Title of the report", "", "to", x_placeholder="Sales by region"),
            },
            "formats": {
                **a_list(text(enum=["pdf", "xlsx", "html", "csv"]), minItems=1),
                "default": ["pdf", "xlsx"],
                **field(
                    "choices",
                    "Make these files",
                    "",
                    "to",
                    x_labels={"pdf": "PDF", "xlsx": "Excel", "html": "Web page", "csv": "CSV"},
                ),
            },
            "folder": {**text(), **field("folder-out", "Put the results into", "", "to")},
            "row_limit": {
                **optional(type="integer", minimum=1, maximum=1000000),
                **field("number", "At most", "Leave empty for all.", "options", x_unit="rows"),
            },
            "since": {**optional(type="string", format="date"), **field("date", "Only since", "", "options")},
            "note": {**text(default=""), **field("long-text", "Note under the title", "", "options")},
        },
    },
    summary="Turn a spreadsheet into a report with totals and a chart.",
)

EVERY_KIND = job_type(
    "everything",
    "Everything",
    {
        "type": "object",
        "required": ["line"],
        "$defs": {
            "Item": {
                "type": "object",
                "required": ["what"],
                "properties": {
                    "what": {**text(), **field("text", "What")},
                    "many": {"type": "integer", "default": 1, "minimum": 1, **field("number", "How many")},
                },
            },
        },
        "properties": {
            "line": {**text(minLength=2, maxLength=12), **field("text", "Line")},
            "lines": {**text(default=""), **field("long-text", "Lines")},
            "template": {**text(default=""), **field("template-line", "Template", x_depends_on=["source"])},
            "templates": {**text(default=""), **field("template-text", "Templates", x_depends_on=["source"])},
            "rich": {**text(default=""), **field("template-rich", "Rich", x_depends_on=["source"])},
            "signed_in": {**optional(type="string"), **field("sign-in", "Signed in")},
            "pasted": {**text(default=""), **field("paste", "Pasted")},
            "patterns": {**a_list(text()), **field("long-text", "Patterns", "One on each line.")},
            "whole": {"type": "integer", "default": 3, "minimum": 1, "maximum": 9, **field("number", "Whole")},
            "decimal": {
                **optional(type="number", exclusiveMinimum=0, exclusiveMaximum=10),
                **field("number", "Decimal", x_unit="kg"),
            },
            "on": {"type": "boolean", "default": True, **field("yes-no", "On")},
            "one": {**text(enum=["a", "b", "c"], default="b"), **field("choice", "One", x_labels={"a": "Apple"})},
            "one_of_many": {
                **text(enum=["a", "b", "c", "d", "e"], default="e"),
                **field("choice", "One of many"),
            },
            "maybe_one": {**optional(type="string", enum=["a", "b"]), **field("choice", "Maybe one")},
            "some": {
                **a_list(text(enum=["a", "b", "c"]), minItems=1, maxItems=2, default=["a"]),
                **field("choices", "Some"),
            },
            "source": {**optional(type="string"), **field("file-in", "Source", x_suffixes=[".csv"])},
            "pick": {**optional(type="string"), **field("pick", "Pick", x_depends_on=["source"])},
            "column": {**text(default=""), **field("column", "Column", x_depends_on=["source", "pick"])},
            "columns": {**a_list(text()), **field("columns", "Columns", x_depends_on=["source"])},
            "day": {**optional(type="string", format="date"), **field("date", "Day")},
            "files": {**a_list(text()), **field("files-in", "Files", x_suffixes=[".csv"])},
            "folder": {**text(default=""), **field("folder-in", "Folder")},
            "target": {**text(default=""), **field("folder-out", "Target")},
            "items": {**a_list({"$ref": "#/$defs/Item"}, maxItems=3), **field("rows", "Items", x_add="Add an item")},
            "tree": {**a_list(text()), **field("tree", "Tree", x_depends_on=["source"])},
            "account": {**optional(type="integer"), **field("account", "Account", x_kinds=["backup"], x_empty="None")},
            "secret": {**text(default=""), **field("secret", "Secret")},
            "odd": {**text(default=""), **field("a-kind-of-tomorrow", "Odd")},
            "extra": {**text(default="x"), **field("text", "Extra", "", "options")},
            "only_with_a": {**text(default=""), **field("text", "Only with a", x_when={"one": ["a"]})},
        },
    },
)

REPORT_ANSWERS: Json = {"source": "/data/sales.xlsx", "folder": "/data/out"}

SMALL = job_type(
    "small",
    "Small",
    {
        "type": "object",
        "required": ["who"],
        "properties": {
            "who": {**text(), **field("text", "Who")},
            "many": {"type": "integer", "default": 2, "minimum": 1, "maximum": 9, **field("number", "How many")},
            "way": {**text(enum=["post", "mail"], default="post"), **field("choice", "Way")},
            "address": {**text(default=""), **field("text", "Address", x_when={"way": ["mail"]})},
            "note": {**text(default="", maxLength=5), **field("text", "Note", "", "options")},
        },
    },
    summary="For tests.",
)
