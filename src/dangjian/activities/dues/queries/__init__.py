"""Reads of dues that join tables or feed other parts of the house."""
