"""Regulations as data: dated values with citations, read from the ``rules/*.yaml`` of the apps.

A question always names its day, so that an old case gets the answer of its time::

    from dangjian.kernel.rulebook import Share, book

    rule = book().on("vote.general.pass", meeting_day)
    rule.expect(Share).least(43)      # 22
    rule.citation                     # 《中国共产党支部工作条例（试行）》第十一条

Unit overrides are layers on top: ``book().on(key, day, layers=[Layer("一公司党委", {...})])``. A layer may only do what the
rule's ``local`` admits (``no``, ``stricter``, ``any``). Deployments set their own values with ``DANGJIAN_RULE_SETTINGS``.
"""

from dangjian.kernel.citation import Citation, chinese_number
from dangjian.kernel.rulebook.book import (
    Layer,
    LayerRefused,
    NotInForce,
    Rulebook,
    RuleDescription,
    RuleValue,
    UnknownRule,
    ValueDescription,
    load,
)
from dangjian.kernel.rulebook.installed import book, forget, read_settings, rule_directories
from dangjian.kernel.rulebook.schema import RulebookError
from dangjian.kernel.rulebook.shapes import Band, Bands, Bounds, Choice, Choices, Frequency, Money, Period, Share, percent

__all__ = [
    "Band",
    "Bands",
    "Bounds",
    "Choice",
    "Choices",
    "Citation",
    "Frequency",
    "Layer",
    "LayerRefused",
    "Money",
    "NotInForce",
    "Period",
    "RuleDescription",
    "RuleValue",
    "Rulebook",
    "RulebookError",
    "Share",
    "UnknownRule",
    "ValueDescription",
    "book",
    "chinese_number",
    "forget",
    "load",
    "percent",
    "read_settings",
    "rule_directories",
]
