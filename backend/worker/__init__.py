"""The Celery side: the app, the one generic task, what a running job is given, and the publisher of events."""
