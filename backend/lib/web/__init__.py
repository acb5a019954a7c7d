"""Calling web services: guarded, bounded, patient, and in plain words."""
