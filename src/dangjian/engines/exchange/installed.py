"""The templates that ship with the platform: ``sheet_templates/*.yaml`` of the installed apps, put into the table of templates.

What a newer platform says differently becomes another version; what was read by an older one stays as it was.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import transaction
from pydantic import ValidationError

from dangjian.engines.exchange.definition import Definition, check_items
from dangjian.engines.exchange.models import SheetTemplate, TemplateVersion
from dangjian.engines.exchange.models.templates import SHIPPED
from dangjian.kernel import clock
from dangjian.kernel.closed_yaml import FileProblem, explained, read_mapping
from dangjian.kernel.registry import by_code
from dangjian.org.sheet_offers import Sheet


def shipped() -> Iterator[tuple[str, Definition]]:
    """Their keys and definitions. Raises ``FileProblem``."""
    for config in apps.get_app_configs():
        for file in sorted((Path(config.path) / "sheet_templates").glob("*.yaml")):
            yield f"{SHIPPED}{config.label}.{file.stem}", _read(file)


def _read(file: Path) -> Definition:
    try:
        found = Definition.model_validate(read_mapping(file))
        check_items(found, by_code(Sheet).get(found.sheet))
    except ValidationError as error:
        raise FileProblem(f"{file.name}：{explained(error)}") from error
    except ValueError as error:
        raise FileProblem(f"{file.name}：{error}") from error
    return found


def install(**_signal: Any) -> None:
    """Bring the table up to date with the files; what did not change is left alone."""
    for key, definition in shipped():
        with transaction.atomic():
            template, _ = SheetTemplate.objects.get_or_create(
                key=key, defaults={"sheet_code": definition.sheet, "title": definition.title}
            )
            latest = template.versions.order_by("-number").first()
            if latest is not None and latest.meaning == definition:
                continue
            TemplateVersion.objects.create(
                template=template,
                number=latest.number + 1 if latest else 1,
                definition=definition.model_dump(mode="json", exclude_defaults=True),
                reason="随平台更新" if latest else "随平台提供",
            )
            SheetTemplate.objects.filter(pk=template.pk).update(title=definition.title, changed_at=clock.now())
