"""Sheets of organisations that come in."""
