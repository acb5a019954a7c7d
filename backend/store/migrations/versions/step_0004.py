"""Saved jobs, schedules, and what became of each time a schedule was due."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "saved_jobs",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("follow_ups", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("changed_at", sa.Float, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schedules",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("saved_id", _ID, sa.ForeignKey("saved_jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("rule", sa.JSON, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("missed", sa.Text, nullable=False),
        sa.Column("overlap", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("decided_until", sa.Float, nullable=False),
        sa.Column("next_due", sa.Float),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("changed_at", sa.Float, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_schedules_saved_id", "schedules", ["saved_id"])
    op.create_table(
        "schedule_runs",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("schedule_id", _ID, sa.ForeignKey("schedules.id", ondelete="CASCADE"), nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("decided_at", sa.Float, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("catches_up", sa.Boolean, nullable=False),
        sa.Column("waits_until", sa.Float),
        sa.Column("job_id", _ID, sa.ForeignKey("jobs.id", ondelete="SET NULL")),
        sa.Column("problem", sa.JSON),
        sa.UniqueConstraint("schedule_id", "slot"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_schedule_runs_job_id", "schedule_runs", ["job_id"])
    op.create_index("ix_schedule_runs_decided", "schedule_runs", ["decided_at"])
    op.create_index("ix_schedule_runs_state", "schedule_runs", ["state"])
