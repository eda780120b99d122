"""Crash it everywhere, and let the platform's own list judge: `python -m tests.crash [N]`."""
