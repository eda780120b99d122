"""Telling a person: what to say and when, the mail that says it, and the server that takes it."""
