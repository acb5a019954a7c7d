"""The page of all jobs."""
