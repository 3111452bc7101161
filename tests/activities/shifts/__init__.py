"""Tests of the shift plan."""
