"""Cases: what several people bring from state to state. One declaration gives the page, its steps, and what is open to whom.

``docs/cases.md`` shows one.
"""

from dangjian.org.cases.facts import Card, Due, Fact, Paper, Stage
from dangjian.org.cases.pages import DECLARED, Case
from dangjian.org.cases.steps import Look, Step

__all__ = ["DECLARED", "Card", "Case", "Due", "Fact", "Look", "Paper", "Stage", "Step"]
