"""A bare Debian in a folder: Debian's essential packages and the few that are named, and nothing else."""
