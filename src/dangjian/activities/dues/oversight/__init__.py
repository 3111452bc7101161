"""Arrears, the yearly check, statistics."""
