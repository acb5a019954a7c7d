"""Benchmarks: each measures ratios in one run; `make bench` prints them."""
