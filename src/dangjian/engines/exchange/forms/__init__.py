"""What people enter, in files by noun."""
