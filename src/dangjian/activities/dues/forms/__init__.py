"""Forms and filters of dues."""
