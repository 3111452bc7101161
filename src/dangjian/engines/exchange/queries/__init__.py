"""Reads of this engine, in files by noun."""
