"""Job types for tests and benches; never part of the program."""
