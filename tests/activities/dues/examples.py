"""How to call each address of dues in the small world of the contracts. See ``tests/contracts/examples.py``."""

from tests.contracts.examples import Example

EXAMPLES: dict[str, Example] = {
    # bills, collecting, a member's own page
    # assessments and reliefs
    # books
    # bank transfer and online payment
    # duties, statistics
}
