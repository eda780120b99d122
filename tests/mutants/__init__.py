"""Faults of one line, each of which some named test must notice: `python -m tests.mutants`."""
