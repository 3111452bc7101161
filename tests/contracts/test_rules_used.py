"""Every rule that is law is used: the source names its key, or says which module will."""

from pathlib import Path

from dangjian.engines.procedures.offers import ProcedureOffer
from dangjian.kernel.registry import offers
from dangjian.kernel.rulebook import book

ROOT = Path(__file__).resolve().parents[2]
TO_COME = {
    "dues.report.congress": "elections: the report to a congress",
    "elect.delegates": "elections: delegates to a congress",
    "elect.secret": "elections: the ballot paper",
    "elect.steps": "elections: the case of a re-election",
    "elect.surplus.standing": "elections: a standing committee",
}
"""Rules that no module reads yet, and the one that will."""


def test_every_rule_is_read_somewhere_or_its_module_is_still_to_come() -> None:
    texts = [file.read_text(encoding="utf-8") for place in ("src", "plugins") for file in (ROOT / place).rglob("*.py")]
    read = {key for key in book().entries if any(f'"{key}"' in text for text in texts)}
    assert book().entries.keys() - read - _set_in_procedures() == TO_COME.keys()


def _set_in_procedures() -> set[str]:
    """Rules whose value is the length of a limit in the file of a procedure."""
    steps = [step for offer in offers(ProcedureOffer) for version in offer.procedure.versions for step in version.steps]
    return {limit.setting for step in steps for limit in (step.within, step.not_before, step.every) if limit}
