"""Who keeps what is owed, and levels that owe it."""

from dangjian.org.models import Kind, PostKind

BRANCH = frozenset({Kind.BRANCH})
KEEPERS = (PostKind.ORGANISATION_MEMBER, PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY)
SUPERIOR = (PostKind.ORGANISATION_MEMBER, PostKind.PARTY_WORKER, PostKind.SECRETARY)
