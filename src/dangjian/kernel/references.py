"""What refers to a row: asked before it is deleted, so that the refusal can name what still hangs on it."""

from collections.abc import Iterator
from typing import Any

from django.db import models


def referring(model: type[models.Model]) -> Iterator[tuple[Any, str, str]]:
    """Every foreign key that names ``model``, those without a way back (``related_name="+"``) too.

    Returns the model it stands in, the name of the field, and what people call those rows. Rows that are worked out from others
    and go with them hold nothing: their model says ``is_worked_out = True``.
    """
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and not getattr(relation.related_model, "is_worked_out", False):
            holder: Any = relation.related_model
            yield holder, relation.field.name, str((holder._meta.auto_created or holder)._meta.verbose_name)
