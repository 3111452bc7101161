"""The papers of an applicant's case: each form with what is known when it is printed."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from dangjian.activities.development.documents.build import FOLDER
from dangjian.activities.development.documents.forms import FORMS, NO_DAY
from dangjian.activities.development.documents.shapes import Form
from dangjian.activities.development.models import Applicant, ReviewLetter
from dangjian.engines.procedures import dossier, entries
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.engines.procedures.offers import PaperForm
from dangjian.engines.procedures.queries import committee_above, taken_steps
from dangjian.kernel import clock, codes
from dangjian.kernel.documents import render_docx
from dangjian.kernel.ui import words
from dangjian.org.openings import register

LINE: Final = "＿＿＿＿＿＿"
"""What is not known, outside a table."""
REVIEWS: Final = {"training_form": ("contact_review", "review"), "probation_form": ("sponsor_review", "probation_review")}
"""By form, the steps whose opinions it lists."""
FREE_ROWS: Final = 3
"""Empty rows behind them, to go on by hand."""
MARKS: Final = ("attitude", "work", "life", "opinion")
"""What a review says."""


def context(form: Form, case: ProcedureCase, row: CaseStep) -> Mapping[str, object]:
    """What ``form`` says for a step of a case. Everything that it names is there."""
    known = _applicant(case) | _steps(case, row)
    found: dict[str, object] = _both(form, known)
    if form.each:
        found["letters"] = _letters(form, case)
    if form.code in REVIEWS:
        found["reviews"] = _reviews(case, REVIEWS[form.code])
    if form.listing and form.listing.loop.endswith(" papers"):
        found["papers"] = [_paper(line) for line in dossier.contents(case)]
    return found


def _both(form: Form, known: Mapping[str, str]) -> dict[str, object]:
    """The same for cells and for lines."""
    return {
        "cell": {key: known.get(key, "") for key in form.keys},
        "line": {key: known.get(key) or (NO_DAY if key.endswith((".day", ".due")) else LINE) for key in form.keys},
    }


def _applicant(case: ProcedureCase) -> dict[str, str]:
    one: Applicant | None = register(Applicant).filter(pk=case.subject_id).first()
    above = committee_above(case.organization)
    known = {"name": case.title, "branch": case.organization.name, "committee": above.name if above else ""}
    if one is None:
        return known
    return known | {
        "name": one.name,
        "sex": codes.get("sex").label(one.sex).removesuffix("性"),
        "birth": words.month(one.birth_on),
        "ethnicity": codes.get("ethnicity").label(one.ethnicity),
        "education": codes.get("education").label(one.education),
        "native_place": one.native_place,
        "unit": one.unit_name,
        "job": one.job_title,
        "work_started": words.month(one.work_started_on),
        "league": "是" if one.in_youth_league else "否",
    }


def _steps(case: ProcedureCase, row: CaseStep) -> dict[str, str]:
    """What the steps say that count, the last one of each; and the step itself as ``this``."""
    taken = {one.code: one for one in taken_steps(case).select_related("taken_by").order_by("taken_on", "taken_at", "pk")}
    found = {key: text for one in taken.values() for key, text in _step(case, one, one.code).items()}
    contacts = found.get("change_contacts.contacts") or found.get("contacts.contacts", "")
    people = {"contacts": contacts, "sponsors": found.get("sponsors.sponsors", "")}
    return found | people | ({} if row.is_open else _step(case, row, "this"))


def _step(case: ProcedureCase, row: CaseStep, name: str) -> dict[str, str]:
    step = procedure(case.procedure).step(row.code, row.taken_on or clock.today())
    if step is None:
        return {}
    texts, outcome = row.read_entry(), step.outcome(row.outcome)
    found = {f"{name}.{one.code}": entries.shown(one, texts.get(one.code, "")) for one in step.entry}
    return found | {
        f"{name}.day": words.day(row.known_on),
        f"{name}.outcome": outcome.title if outcome else "",
        f"{name}.who": row.taken_by.name if row.taken_by else "",
        f"{name}.said": row.said,
        **{f"{name}.{what}": str(number) for what, number in row.votes.items()},
    }


def _reviews(case: ProcedureCase, steps: Sequence[str]) -> Sequence[Mapping[str, str]]:
    """Opinions in the order of their days, with empty rows to write on behind them."""
    rows = taken_steps(case).filter(code__in=steps).select_related("taken_by").order_by("taken_on", "pk")
    said = [_step(case, one, "this") for one in rows]
    return [
        {
            "day": one["this.day"],
            "who": one["this.who"],
            "opinion": "；".join(text for mark in MARKS if (text := one.get(f"this.{mark}", ""))),
            "sign": "",
        }
        for one in said
    ] + [{"day": "", "who": "", "opinion": "", "sign": ""} for _ in range(FREE_ROWS)]


def _letters(form: Form, case: ProcedureCase) -> list[Mapping[str, object]]:
    """Each letter that was not cancelled; an empty one if there is none."""
    rows = register(ReviewLetter).filter(applicant=case.subject_id, cancelled_on=None).order_by("sent_on", "pk")
    letters = [_letter(one) for one in rows]
    return [_both(form, letter) for letter in letters or [{}]]


def _letter(one: ReviewLetter) -> Mapping[str, str]:
    return {
        "this.number": one.number,
        "this.to": one.to,
        "this.about": one.about,
        "this.relation": one.relation,
        "this.questions": one.questions,
        "this.due": words.day(one.due_on),
    }


def letter_as_word(one: ReviewLetter, case: ProcedureCase) -> tuple[bytes, str]:
    """One letter of the political review, to be printed and sent, and what its file is called."""
    form = next(each for each in FORMS if each.each)
    title = f"{form.title}（{one.about}）"
    found = _both(form, _applicant(case)) | {"letters": [_both(form, _letter(one))]}
    content = render_docx(PAPERS[form.code].word, found, title=title, author=case.organization.name)
    return content, f"{one.number}{title}.docx"


def _paper(line: dossier.Line) -> Mapping[str, object]:
    return {
        "number": line.number,
        "title": line.sheet.title,
        "day": line.day,
        "pages": line.sheet.pages or "",
        "stand": line.sheet.said,
    }


def _without_name(title: str) -> str:
    """What a form is called where nobody in particular is meant."""
    return re.sub(r"^关于将?\{name\}同志的?|\{name\}同志为?", "", title)


PAPERS: Final[Mapping[str, PaperForm]] = {
    one.code: PaperForm(_without_name(one.title), FOLDER / f"{one.code}.docx", partial(context, one)) for one in FORMS
}
"""All forms by their codes."""
