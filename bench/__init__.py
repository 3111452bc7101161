"""Measurements, on PostgreSQL with durable commits: ``make bench`` runs all, ``make bench BENCH=check_in`` one.

Figures of one machine say little; each measurement prints a ratio to something plain that ran in the same minute.
"""
