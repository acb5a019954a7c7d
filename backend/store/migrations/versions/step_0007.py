"""A new job finds the end of the line at once: it looked at all jobs that ever were."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index of places."""
    op.create_index("ix_jobs_position", "jobs", ["position"])
