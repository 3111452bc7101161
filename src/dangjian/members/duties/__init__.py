"""Duties that follow from the records of organisations and members. Meetings and other activities offer theirs themselves."""

from dangjian.members.duties import members, organisations

RULES = (*organisations.RULES, *members.RULES)
