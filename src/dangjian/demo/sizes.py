"""What the database knows of its tables while they are being filled."""

from django.db import connection


def know_sizes() -> None:
    """Let PostgreSQL plan with what has just come in; it would else take its tables for empty until its own next look.

    SQLite plans by its indexes. What it would learn here misleads it: a unique column that is nearly always empty, such as what a
    payment reverses, looks to it as if every value stood in every row, so that it reads the table anew for each row of a list.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
