"""Sheets of people that come in: the roster, and who holds which post."""
