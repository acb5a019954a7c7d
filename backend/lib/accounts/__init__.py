"""Accounts with other systems: their settings are on the record, their secrets where secrets are kept."""
