"""The HTTP and WebSocket face of the record, and the loop that sends jobs on their way."""
