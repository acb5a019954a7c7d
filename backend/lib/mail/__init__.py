"""Bulk mail: from a list and a letter to messages that nobody gets twice. See docs/mail.md."""
