"""Sheets of people are uploaded in the small enterprise of ``tests.importing``."""

from tests.importing import enterprise, own_files

__all__ = ["enterprise", "own_files"]
