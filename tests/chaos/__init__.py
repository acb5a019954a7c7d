"""Kills of every part at random moments while jobs with real side effects run, and an audit of what came of it."""
