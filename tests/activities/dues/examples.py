"""How to call each address of dues in the small world of the contracts. See ``tests/contracts/examples.py``."""

from tests.activities.dues import book_examples, collecting_examples, oversight_examples, paying_examples, profile_examples
from tests.contracts.examples import Example

EXAMPLES: dict[str, Example] = {
    # bills, collecting, a member's own page
    **collecting_examples.EXAMPLES,
    # assessments and reliefs
    **profile_examples.EXAMPLES,
    # books
    **book_examples.EXAMPLES,
    # bank transfer and online payment
    **paying_examples.EXAMPLES,
    # duties, statistics
    **oversight_examples.EXAMPLES,
}
