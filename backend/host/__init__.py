"""Starts and watches the broker, the worker and the API, and tells where they are."""
