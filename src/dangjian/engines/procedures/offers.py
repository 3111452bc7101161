"""What an app offers to have a procedure: its file, and the functions that the file names."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dangjian.engines.procedures.definition import Procedure
from dangjian.engines.procedures.schema import ProcedureError
from dangjian.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against taking a step: a sentence, what to do, and the article. ``is_usual_only`` asks for a reason instead."""

    text: str
    how: str = ""
    citation: str = ""
    is_usual_only: bool = False


Gate = Callable[[Any, dt.date], Sequence[Objection]]
"""Returns what speaks against taking a step of a case (``ProcedureCase``) on a day; nothing if it may be taken."""

Effect = Callable[[Actor, Any], None]
"""Called in the transaction of a step that was taken (``CaseStep``), so that what follows from it is written with it."""


@dataclass(frozen=True, slots=True)
class CasePanel:
    """A card that an app puts on the page of a case, such as who the person is.

    ``context(request, case)`` returns the variables of ``template``, or ``None`` to stay away. Whoever reads the page may see the
    case (``ProcedureCase``); what more the card shows asks for its own right.
    """

    title: str
    icon: str
    template: str
    context: Callable[[Any, Any], Mapping[str, object] | None]


@dataclass(frozen=True, slots=True)
class ProcedureOffer:
    """A procedure that an app brings, with the functions that its file names. Made by ``declaring``.

    :param gates: what must be true before a step may be taken, by the names in its ``gates``.
    :param effects: what happens when a step was taken, by the names in its ``does``.
    :param panels: cards on the page of a case, below its facts.
    """

    procedure: Procedure
    gates: Mapping[str, Gate] = field(default_factory=dict)
    effects: Mapping[str, Effect] = field(default_factory=dict)
    panels: Sequence[CasePanel] = ()

    def __post_init__(self) -> None:
        for step in self.procedure.all_steps:
            unknown = [name for name in (*step.gates, *step.does) if name not in self.gates and name not in self.effects]
            if unknown:
                message = f"procedure {self.procedure.code}: nobody offers {'、'.join(unknown)}, which its step {step.code} names"
                raise ProcedureError(message)

    @property
    def code(self) -> str:
        """Of its procedure."""
        return self.procedure.code
