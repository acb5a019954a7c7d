"""Schedules in the window."""
