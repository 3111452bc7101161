"""A plugin of mypy: what ``org.openings`` returns has the methods of the model's own queryset.

``register(Post)`` is written as ``OwnedQuerySet[Post]``, which is all that a type variable can say of the rows of a
model. Which class they have stands in the model's manager, ``OwnedManager.from_queryset(InEffectQuerySet)``, and is read there.
"""

from collections.abc import Callable

from mypy.plugin import FunctionContext, Plugin
from mypy.types import CallableType, Instance, Type, get_proper_type
from mypy_django_plugin.transformers.managers import get_method_type_from_dynamic_manager

OPENINGS = {"dangjian.org.openings.own", "dangjian.org.openings.register"}


class OwnedRows(Plugin):
    """Tells mypy the queryset class of each opening."""

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        """Called for each function that is called."""
        return rows_of_model if fullname in OPENINGS else None


def rows_of_model(context: FunctionContext) -> Type:
    """``OwnedQuerySet[Model]``, or the queryset class from which the manager of that model is made."""
    written = get_proper_type(context.default_return_type)
    model = get_proper_type(written.args[0]) if isinstance(written, Instance) else None
    if not isinstance(model, Instance):
        return written
    manager = get_proper_type(found.type) if (found := model.type.get("objects")) else None
    if not isinstance(manager, Instance):
        return written
    # What ``Post.objects.all()`` returns, if the manager was made from a queryset class.
    asked_all = get_method_type_from_dynamic_manager(context.api, "all", manager)
    return asked_all.ret_type if isinstance(asked_all, CallableType) else written


def plugin(_version: str) -> type[Plugin]:
    """Called by mypy."""
    return OwnedRows
