"""The books: entries, money between levels, use, counts, what is published."""
