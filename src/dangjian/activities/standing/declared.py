"""Which procedures this app has."""

ORDER = (
    "correction",
    "removal",
    "penalty",
    "penalty_from_above",
    "probation_end",
    "suspension",
    "restoration",
    "withdrawal",
    "unrecognised",
    "appeal",
    "deceased",
)
"""Their codes, in the order in which the office looks for them."""
