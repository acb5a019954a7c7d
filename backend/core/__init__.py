"""What everything else of the backend stands on: settings, paths, errors, events, clock."""
