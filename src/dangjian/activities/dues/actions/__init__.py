"""Every write of dues."""
