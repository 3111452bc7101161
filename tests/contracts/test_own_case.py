"""Nobody decides in their own case: every action that takes a member, or a row of one, asks ``members.own``, or says why not."""

import ast
import dataclasses
import inspect
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any, get_args, get_type_hints

import pytest
from django.apps import apps
from django.db import models

from dangjian.members.models import Member
from tests.contracts.source import modules

GUARDS = {"require_for", "require_not_own", "own_records"}
NUMBERS = {"members", "member_ids", "attendance_ids", "observer_ids"}
"""Arguments that name members, or rows of them, by number."""

LEFT_ALONE = {
    # What somebody does for themselves, and others decide.
    "dues.payments.actions.orders.order": "a member's own order; money settles it",
    "dues.payments.actions.orders.cancel": "a member's own order",
    "dues.assessment.actions.reliefs.withdraw_relief": "takes a proposal back; nothing is gained",
    "dues.assessment.actions.reliefs.require_withdrawing": "takes a proposal back; nothing is gained",
    "meetings.actions.making_up.submit_make_up": "one's own study; somebody else confirms it",
    "meetings.actions.making_up.require_handing_in": "asks whether it is one's own study",
    "members.actions.proposals.propose": "a proposal; somebody else decides",
    "members.actions.proposals.propose_many": "proposals; somebody else decides",
    "procedures.actions.members.require_starting_for": "a first step of one's own is a request; another one is refused",
    "members.actions.account.leave_many": "a unit leaves with everybody in it, the actor too; the committee above releases it",
    "transfers.actions.units.leave_out": "who is not on the list stays; nothing is gained, and the committee above releases it",
    "members.actions.reorganise.leave_many": "a unit leaves with everybody in it, the actor too; the committee above releases it",
    "shifts.actions.plan.enter_days": "who works when comes from production; nothing is decided",
    "shifts.actions.plan.take_back": "who works when comes from production; nothing is decided",
    "members.actions.by_hand.write_down": "calls the change that it is given, which asks",
    "members.actions.proposals.withdraw": "takes a proposal back",
    "members.actions.proposals.require_withdrawing": "takes a proposal back",
    # What follows by rule for everybody alike.
    "dues.assessment.actions.paid_before.arrived": "follows from the letter and the reception, which others took",
    "dues.assessment.actions.paid_before.gone_again": "follows from the reception that is taken back",
    "dues.billing.actions.billing.make_bills": "bills follow from assessments and the account",
    "dues.billing.actions.billing.require_making": "bills follow from assessments and the account",
    "dues.billing.actions.billing.brought_up_to_date": "bills follow from assessments and the account",
    "dues.billing.actions.billing.adjust_bills": "bills follow from assessments and the account",
    "dues.oversight.actions.arrears.follow_payments": "cases follow from bills",
    "dues.payments.actions.arrivals.book": "books money that has come; whoever claims it was asked before",
    "dues.payments.actions.arrivals.tell": "a message",
    "dues.billing.actions.collecting.take_in": "books money that has come; whoever claims it was asked before",
    "dues.ledger.actions.remittances.pass_large_on": "passes a gift on to the superior; nobody gains",
    # The work of a meeting.
    "meetings.actions.calling.plan": "who is called; nobody's presence or right follows from it",
    "meetings.actions.calling.update": "who is called",
    "meetings.actions.attending.add_attendee": "who is on the list; their presence is registered by another",
    "meetings.actions.making_up.assign_make_up": "a task for those who were away; another confirms it",
    "meetings.actions.deciding.record_appraisal": "what the meeting voted, the whole list at once; another confirms the record",
    "meetings.actions.guards.is_person": "reads",
    # What an organisation has to do, whoever of its members it is about.
    "duties.actions.local.confirm": "a superior's task, which somebody else accepts",
    "duties.actions.local.require_confirming": "a superior's task, which somebody else accepts",
    "duties.actions.people.require_handing_back": "the holder of the post answers for it again",
    "duties.actions.people.require_demanding_again": "takes a concession back",
    "duties.actions.people.hand_back": "the holder of the post answers for it again",
    "duties.actions.people.demand_again": "takes a concession back",
    # A whole list at once, before anybody can do anything with it.
    "members.actions.first_passwords.give": "whoever acts has a password of their own, and such an account is left out",
    "members.actions.access.tell_given": "what belongs to an account follows it",
    "members.actions.access.open_accounts": "accounts for everybody who has none; nobody can sign in to them yet",
    "members.actions.officers.enter_officers": "officers by a spreadsheet; `org.actions.posts` refuses a gain of one's own",
    "members.actions.waiting.claim": "the account is theirs by their ID number",
    "members.actions.waiting.claim_for": "the account is theirs by their ID number",
    "members.actions.waiting.wait_again": "an import is undone",
    # What follows the case of an applicant, or their membership, and is decided there.
    "development.actions.accounts.follow": "the account is open as long as the application runs",
    "development.actions.accounts.give_up": "an import is undone",
    "development.actions.accounts.hand_over": "follows from the step that admits them",
    "development.actions.accounts.belong": "the case is theirs by their account",
    "development.actions.applicants.against": "reads",
    "development.actions.applicants.carry_over": "the case goes where the person or the branch went",
    "development.actions.applicants.unmask": "shows a number, which is recorded",
    "development.actions.importing.enter_many": "a list of what was done before; the steps that come are taken by others",
    "development.actions.membership.given": "the case is theirs by their account",
    "procedures.actions.member_following.given": "the case is theirs by their account",
    "development.actions.membership.moved": "the case goes where the member went",
    "members.actions.access.take_over": "follows from the step that admits them",
    # Contact: what follows from what others did, and was asked before.
    "contact.actions.notes.follow": "duties follow from what is on record",
    "contact.actions.notes.write": "whoever calls it has asked",
    # The record and the order of the branch.
    "members.actions.groups.assign": "in which group one takes part; nobody gains",
    "members.actions.groups.remove": "in which group one takes part; nobody gains",
    "members.actions.record.note_view": "an entry in the trail",
    "development.actions.letters.note_view": "an entry in the trail",
    "members.actions.record.unmask": "shows a number, which is recorded",
    "members.actions.private.open_private": "shows a number, which is recorded",
    "contact.actions.private.open_of_away": "shows a number, which is recorded",
    "members.actions.record.check_column": "reads",
}
"""Actions that take a member and need no second person, each with its reason. Names without ``dangjian.`` and the floor."""


def test_every_action_about_a_member_asks_whether_it_is_ones_own_case() -> None:
    unguarded = sorted(name for name, (path, function) in _about_members().items() if not _asks(path, function.__name__))
    assert sorted(set(unguarded) - LEFT_ALONE.keys()) == []


def test_every_exception_is_an_action_that_still_needs_one() -> None:
    known = _about_members()
    assert sorted(name for name in LEFT_ALONE if name not in known or _asks(known[name][0], known[name][1].__name__)) == []


@pytest.mark.parametrize(
    "name", ["dues.billing.actions.billing.waive", "members.actions.details.end", "dues.assessment.actions.assessing.assess_many"]
)
def test_the_walk_finds_what_was_abused(name: str) -> None:
    path, function = _about_members()[name]
    assert _asks(path, function.__name__)


@cache
def _about_members() -> dict[str, tuple[str, Callable[..., Any]]]:
    """Public functions of actions that take an actor and a member, or a row of one: path of the module and function by name."""
    found = {}
    for path in modules():
        parts = path.removesuffix(".py").split("/")
        if not path.startswith("src/") or "actions" not in parts:
            continue
        module = import_module(".".join(parts[1:]))
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_") and _takes_a_member(function):
                short = ".".join([*parts[3 if parts[2] in {"activities", "engines"} else 2 :], name])
                found[short] = (path, function)
    return found


def _takes_a_member(function: Callable[..., Any]) -> bool:
    named = inspect.signature(function).parameters
    if "actor" not in named:
        return False
    hints = {name: kind for name, kind in get_type_hints(function).items() if name in named}
    return bool(named.keys() & NUMBERS) or any(_is_about_a_member(kind) for kind in hints.values())


def _is_about_a_member(kind: Any) -> bool:
    if get_args(kind):
        return any(_is_about_a_member(part) for part in get_args(kind))
    if not inspect.isclass(kind):
        return False
    if kind is Member or kind in _rows_of_members():
        return True
    if issubclass(kind, models.Model):
        return any(issubclass(row, kind) for row in _rows_of_members())
    if dataclasses.is_dataclass(kind):
        return any(part.name in {"member", "member_id"} for part in dataclasses.fields(kind))
    return False


@cache
def _rows_of_members() -> frozenset[type[models.Model]]:
    """Models whose rows belong to one member, directly or through the row they stand under."""
    return frozenset(model for model in apps.get_models() if _is_row(model, set()))


def _is_row(model: type[models.Model], seen: set[type[models.Model]]) -> bool:
    if model in seen:
        return False
    seen.add(model)
    own = [field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)]
    if any(field.name == "member" and field.related_model is Member for field in own):
        return True
    above = getattr(model, "owner_prefix", "").split("__")[0]
    return any(field.name == above and _is_row(field.related_model, seen) for field in own)  # type: ignore[arg-type]  # resolved


def _asks(path: str, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> bool:
    """Whether the function calls a guard, itself or through functions of actions that it calls."""
    if (path, name) in seen:
        return False
    tree = modules()[path]
    body = next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name), None)
    if body is None:
        return False
    for target, called in _called(path, body):
        if called in GUARDS:
            return True
        if target and _asks(target, called, seen | {(path, name)}):
            return True
    return False


def _called(path: str, body: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """What a function calls: the path of the module in which it stands (empty if it is none of ours), and its name.

    So is what it hands on as a ``partial``, to be asked of the row that is held (``locked``).
    """
    modules_here, names_here = _imports(path)
    for node in ast.walk(body):
        if not isinstance(node, ast.Call):
            continue
        is_partial = isinstance(node.func, ast.Name) and node.func.id == "partial"
        match node.args[0] if is_partial else node.func:
            case ast.Name(id=name):
                yield names_here.get(name, (path, name))
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in modules_here:
                yield modules_here[module], name


@cache
def _imports(path: str) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """What a module imports of ours: modules with their paths, and names with the path and name under which they are defined."""
    whole, names = {}, {}
    for node in modules()[path].body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dangjian"):
            for one in node.names:
                inner = _file(f"{node.module}.{one.name}")
                if inner:
                    whole[one.asname or one.name] = inner
                else:
                    names[one.asname or one.name] = (_file(str(node.module)), one.name)
    return whole, names


def _file(module: str) -> str:
    """The path of a module of ours; empty if there is none of the name."""
    plain = f"src/{module.replace('.', '/')}.py"
    return plain if plain in modules() else ""
