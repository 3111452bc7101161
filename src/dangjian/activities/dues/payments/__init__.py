"""Paying online and by transfer: orders, bank statements, claims, notices of providers."""
