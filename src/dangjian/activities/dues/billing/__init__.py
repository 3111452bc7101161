"""What is owed month by month, and its collecting."""
