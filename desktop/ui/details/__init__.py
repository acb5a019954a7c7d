"""One job in detail."""
