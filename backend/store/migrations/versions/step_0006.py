"""A search looks into one narrow index alone."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index of names wider."""
    op.drop_index("ix_jobs_name", "jobs")
    op.create_index("ix_jobs_name", "jobs", ["name", "id", "kind", "state"])
