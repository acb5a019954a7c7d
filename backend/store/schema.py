"""The tables. Times are seconds since 1970 in UTC, as floats; JSON columns hold what their name says."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("request_key", sa.Text, unique=True, doc="The submitter's own key: the same key twice is one job."),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("params", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("wish", sa.Text, doc="`pause` or `stop`, asked for and not yet in force."),
    sa.Column("wished_at", sa.Float),
    sa.Column("priority", sa.Integer, nullable=False, default=1, doc="0 high, 1 normal, 2 low."),
    sa.Column("position", sa.Float, nullable=False, doc="The order within a priority."),
    sa.Column("target", sa.Text, doc="Two jobs with the same target never run at the same time."),
    sa.Column("delivery", sa.Integer, nullable=False, default=0, doc="The number of the message that may claim it."),
    sa.Column("unclaimed", sa.Integer, nullable=False, default=0, doc="Messages in a row that nobody claimed."),
    sa.Column("attempt", sa.Integer, nullable=False, default=0),
    sa.Column("tries", sa.Integer, nullable=False, default=0, doc="Failures since a person last said go."),
    sa.Column("losses", sa.Integer, nullable=False, default=0, doc="Workers lost since a person last said go."),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("not_before", sa.Float),
    sa.Column("dispatched_at", sa.Float),
    sa.Column("started_at", sa.Float),
    sa.Column("ended_at", sa.Float),
    sa.Column("machine", sa.Text, doc="Where it runs: machine, boot, and one process for ever."),
    sa.Column("boot", sa.Text),
    sa.Column("pid", sa.Integer),
    sa.Column("pid_start", sa.Float),
    sa.Column("lease_until", sa.Float),
    sa.Column("limit_at", sa.Float, doc="When it has run for as long as its kind may; rests do not count."),
    sa.Column("done", sa.Float, nullable=False, default=0.0),
    sa.Column("total", sa.Float),
    sa.Column("unit", sa.Text, nullable=False, default=""),
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("summary", sa.Text, nullable=False, default=""),
    sa.Column("facts", sa.JSON),
    sa.Column("warnings", sa.JSON),
    sa.Column("problem", sa.JSON),
    sa.Column("schedule", sa.Text),
    sa.Index("ix_jobs_line", "state", "priority", "position", "id"),
    sa.Index("ix_jobs_position", "position"),
    sa.Index("ix_jobs_kind", "kind", "id"),
    sa.Index("ix_jobs_name", "name", "id", "kind", "state"),
    sa.Index("ix_jobs_started", "started_at", "id"),
    sa.Index("ix_jobs_ended", "ended_at", "id"),
    sqlite_autoincrement=True,
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("job_id", _ID, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("outcome", sa.Text, nullable=False, default=""),
    sa.Column("problem", sa.JSON),
    sa.Column("machine", sa.Text),
    sa.Column("pid", sa.Integer),
)

artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("job_id", _ID, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

dependencies = sa.Table(
    "dependencies",
    metadata,
    sa.Column("job_id", _ID, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("on_id", _ID, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("condition", sa.Text, nullable=False, doc="`succeeded`, `failed` or `ended`."),
    sa.Column("settled", sa.Boolean, nullable=False, default=False, doc="It has come about: no longer waited for."),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("machine", sa.Text, nullable=False),
    sa.Column("boot", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("pid_start", sa.Float, nullable=False),
    sa.Column("ready_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("slots", sa.Integer, nullable=False, doc="How many it was started for."),
    sa.Column("own", sa.Boolean, nullable=False, doc="Whether it belongs to the host of the record."),
)

options = sa.Table(
    "options",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True, doc="Names its secrets where they are kept."),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("secrets", sa.JSON, nullable=False, doc="Where each secret is kept; never a secret itself."),
    sa.Column("created_at", sa.Float, nullable=False),
    sqlite_autoincrement=True,
)

suppressed = sa.Table(
    "suppressed",
    metadata,
    sa.Column("key", sa.Text, primary_key=True, doc="The address in the form in which two are compared."),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("added_at", sa.Float, nullable=False),
)

saved_jobs = sa.Table(
    "saved_jobs",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("params", sa.JSON, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False, doc="0 high, 1 normal, 2 low."),
    sa.Column("follow_ups", sa.JSON, nullable=False, doc="What is queued behind it, in order."),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("changed_at", sa.Float, nullable=False),
    sqlite_autoincrement=True,
)

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("saved_id", _ID, sa.ForeignKey("saved_jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("rule", sa.JSON, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("missed", sa.Text, nullable=False, doc="`latest`, `all` or `skip`."),
    sa.Column("overlap", sa.Text, nullable=False, doc="`wait`, `skip` or `beside`."),
    sa.Column("zone", sa.Text, nullable=False, doc="The time zone in which it was last looked at."),
    sa.Column("decided_until", sa.Float, nullable=False, doc="Whatever was due until then has a run."),
    sa.Column("next_due", sa.Float),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("changed_at", sa.Float, nullable=False),
    sqlite_autoincrement=True,
)

schedule_runs = sa.Table(
    "schedule_runs",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=True),
    sa.Column("schedule_id", _ID, sa.ForeignKey("schedules.id", ondelete="CASCADE"), nullable=False),
    sa.Column("slot", sa.Text, nullable=False, doc="The time of the rule that this run stands for; never twice."),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("decided_at", sa.Float, nullable=False),
    sa.Column("state", sa.Text, nullable=False, doc="`due`, `queued`, `missed`, `skipped` or `refused`."),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("times", sa.Integer, nullable=False, doc="How many runs in a row this row stands for."),
    sa.Column("catches_up", sa.Boolean, nullable=False),
    sa.Column("waits_until", sa.Float, doc="So long it waits for what it needs."),
    sa.Column("job_id", _ID, sa.ForeignKey("jobs.id", ondelete="SET NULL"), index=True),
    sa.Column("problem", sa.JSON),
    sa.UniqueConstraint("schedule_id", "slot"),
    sa.Index("ix_schedule_runs_decided", "decided_at"),
    sa.Index("ix_schedule_runs_state", "state"),
    sqlite_autoincrement=True,
)
