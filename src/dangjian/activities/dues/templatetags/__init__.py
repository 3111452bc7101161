"""Template tags of dues."""
