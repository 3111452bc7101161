"""What stands on a letter of introduction and on a return slip."""

from collections.abc import Mapping
from typing import Final

from dangjian.activities.transfers.documents.build import FOLDER
from dangjian.activities.transfers.models import Letter
from dangjian.activities.transfers.queries import letters as read
from dangjian.activities.transfers.queries.going import member_of
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.engines.procedures.offers import PaperForm
from dangjian.engines.procedures.queries import committee_above, taken_steps
from dangjian.kernel import codes
from dangjian.kernel.documents import Form, render
from dangjian.kernel.ui import words
from dangjian.members.policy import age

PAGE: Final = "transfers/documents/letter.html"
LINE: Final = "＿＿＿＿＿＿＿＿"
NO_DAY: Final = "＿＿＿＿年＿＿月＿＿日"
NO_MONTH: Final = "＿＿＿＿年＿＿月"


def printed(letter: Letter, form: Form) -> tuple[bytes, str]:
    """A letter that went out, in its three parts, as Word or PDF to be printed and stamped, and what its file is called."""
    member = member_of(letter.case)
    asked = taken_steps(letter.case).get(code="ask").read_entry()
    issuer = letter.issuer.name if letter.issuer else ""
    context = {
        "number": letter.number,
        "name": letter.name,
        "category": letter.get_category_display(),
        "sex": codes.get("sex").label(member.sex).removesuffix("性") or LINE,
        "age": f"{age(member.birth_on, letter.issued_on)}岁" if member.birth_on else f"{LINE}岁",
        "ethnicity": codes.get("ethnicity").label(member.ethnicity) or LINE,
        "resident_id": member.resident_id or LINE,
        "mobile": member.mobile or LINE,
        "origin": letter.case.organization.name,
        "to": letter.counterpart,
        "to_unit": asked["to_unit"],
        "committee": issuer,
        "paid_to": words.month(letter.paid_to) or NO_MONTH,
        "valid_days": letter.valid_days,
        "issued_on": words.day(letter.issued_on),
        "ends_on": words.day(letter.ends_on),
        "received_on": NO_DAY,
        "receiver": LINE,
        "replied_on": NO_DAY,
    }
    title = f"{letter.name}组织关系介绍信"
    content = render(form, word=FOLDER / "letter.docx", page=PAGE, context=context, title=title, author=issuer)
    return content, f"{letter.number}{title}.{form}"


def _receipt(case: ProcedureCase, _row: CaseStep) -> Mapping[str, object]:
    letter, above = read.letter_of(case), committee_above(case.organization)
    return {
        "number": letter.number if letter else LINE,
        "to": letter.counterpart if letter else LINE,
        "name": case.title,
        "received_on": words.day(letter.settled_on) if letter and letter.settled_on else NO_DAY,
        "receiver": above.name if above else case.organization.name,
        "replied_on": NO_DAY,
    }


PAPERS: Final[Mapping[str, PaperForm]] = {"receipt": PaperForm("回执联", FOLDER / "receipt.docx", _receipt)}
