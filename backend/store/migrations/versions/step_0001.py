"""The first shape of the record."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "jobs",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("request_key", sa.Text, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("wish", sa.Text),
        sa.Column("wished_at", sa.Float),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("position", sa.Float, nullable=False),
        sa.Column("target", sa.Text),
        sa.Column("delivery", sa.Integer, nullable=False),
        sa.Column("unclaimed", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("losses", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("not_before", sa.Float),
        sa.Column("dispatched_at", sa.Float),
        sa.Column("started_at", sa.Float),
        sa.Column("ended_at", sa.Float),
        sa.Column("machine", sa.Text),
        sa.Column("boot", sa.Text),
        sa.Column("pid", sa.Integer),
        sa.Column("pid_start", sa.Float),
        sa.Column("lease_until", sa.Float),
        sa.Column("done", sa.Float, nullable=False),
        sa.Column("total", sa.Float),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON),
        sa.Column("warnings", sa.JSON),
        sa.Column("problem", sa.JSON),
        sa.Column("schedule", sa.Text),
        sqlite_autoincrement=True,
    )
    for name, *columns in (
        ("line", "state", "priority", "position", "id"),
        ("kind", "kind", "id"),
        ("name", "name", "id"),
        ("started", "started_at", "id"),
        ("ended", "ended_at", "id"),
    ):
        op.create_index(f"ix_jobs_{name}", "jobs", columns)
    op.create_table(
        "attempts",
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("problem", sa.JSON),
        sa.Column("machine", sa.Text),
        sa.Column("pid", sa.Integer),
    )
    op.create_table(
        "artifacts",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_index("ix_artifacts_job_id", "artifacts", ["job_id"])
    op.create_table(
        "dependencies",
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("on_id", _ID, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("into_field", sa.Text),
        sa.Column("suffix", sa.Text, nullable=False),
    )
    op.create_index("ix_dependencies_on_id", "dependencies", ["on_id"])
    op.create_table(
        "workers",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("boot", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("pid_start", sa.Float, nullable=False),
        sa.Column("ready_at", sa.Float, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("own", sa.Boolean, nullable=False),
    )
    op.create_table(
        "options",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
    )
