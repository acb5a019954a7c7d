"""Saved jobs in the window."""
