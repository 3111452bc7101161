"""What stands in an address or in a field outside a form: read, or taken for nothing."""

LARGEST = 2**63 - 1
"""The largest number of a row."""


def number(text: object, *, least: int = 0, most: int = LARGEST) -> int | None:
    """The whole number that ``text`` is, from ``least`` to ``most``; ``None`` for anything else.

    >>> number("42"), number("²"), number("1e3"), number("2031", most=2030)
    (42, None, None, None)
    """
    digits = str(text or "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(LARGEST)):
        return None
    found = int(digits)
    return found if least <= found <= most else None
