"""The letters of a job, looked at beside its form."""
