"""Codes of the built-in roles, and sets of them that permissions of all modules are given to."""

MEMBER = "member"
GROUP_LEADER = "group_leader"
SECRETARY = "secretary"
DEPUTY_SECRETARY = "deputy_secretary"
STANDING_MEMBER = "standing_member"
ORGANISATION_MEMBER = "organisation_member"
PUBLICITY_MEMBER = "publicity_member"
DISCIPLINE_MEMBER = "discipline_member"
COMMITTEE_MEMBER = "committee_member"
PARTY_WORKER = "party_worker"
PARTY_OFFICE = "party_office"
SYSTEM_ADMIN = "system_admin"
SECURITY_ADMIN = "security_admin"
AUDIT_ADMIN = "audit_admin"

LEADERS = frozenset({SECRETARY, DEPUTY_SECRETARY})
"""They answer for the organisation."""

COMMITTEE = LEADERS | {STANDING_MEMBER, ORGANISATION_MEMBER, PUBLICITY_MEMBER, DISCIPLINE_MEMBER, COMMITTEE_MEMBER}
"""Everybody on the organisation's committee."""

KEEPERS = LEADERS | {ORGANISATION_MEMBER, PARTY_WORKER, PARTY_OFFICE}
"""They keep organisations' and members' records."""

OFFICE = frozenset({PARTY_WORKER, PARTY_OFFICE}) | LEADERS
"""They look after the organisations below them."""

RUNNERS = COMMITTEE | {PARTY_WORKER, PARTY_OFFICE, GROUP_LEADER}
"""They run the organisation's life."""

ADMINISTRATORS = frozenset({SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN})
"""System, security and audit: three persons, none of whom does another's work (GB/T 22239-2019)."""
