"""What the database knows of its tables while they are being filled."""

from django.db import connection


def know_sizes() -> None:
    """Let the database plan with what has just come in; it would else take its tables for empty until its own next look."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
