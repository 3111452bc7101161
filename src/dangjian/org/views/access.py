"""What the pages of this app open, and for whom: the scope is where the reader holds what the page asks for."""

from dangjian.kernel.gate import Request
from dangjian.org.actions import grants, posts, reorganisations, tree
from dangjian.org.gate import find
from dangjian.org.models import Grant, Organization, Post, Reorganisation, TermOfBody


def organization_of(_request: Request, pk: int) -> Organization:
    """The organisation, where the reader holds what the page asks for: no action asks for more."""
    return find(Organization, pk=pk)


def organization_to_change(request: Request, pk: int) -> Organization:
    """The organisation, for somebody who may rename and dissolve it."""
    organization = find(Organization, pk=pk)
    tree.require_changing(request.actor, organization)
    return organization


def organization_to_move(request: Request, pk: int) -> Organization:
    """The organisation, for somebody who may take it out of where it stands."""
    organization = find(Organization.objects.select_related("parent"), pk=pk)
    tree.require_moving(request.actor, organization)
    return organization


def organization_to_staff(request: Request, pk: int) -> Organization:
    """The organisation, for somebody who fills its posts."""
    organization = find(Organization, pk=pk)
    posts.require_filling(request.actor, organization)
    return organization


def post_to_end(request: Request, pk: int) -> Post:
    """The post, for somebody who fills those of its organisation."""
    post = find(Post.objects.select_related("organization", "user"), pk=pk)
    posts.require_filling(request.actor, post.organization)
    return post


def term_of(_request: Request, pk: int) -> TermOfBody:
    """The term, where the reader holds what the page asks for."""
    return find(TermOfBody.objects.select_related("organization"), pk=pk)


def reorganisation_to_take_back(request: Request, pk: int) -> Reorganisation:
    """The reorganisation, for somebody who could do it today."""
    found = find(Reorganisation.objects.select_related("organization__parent", "other"), pk=pk)
    reorganisations.require_taking_back(request.actor, found)
    return found


def grant_to_revoke(request: Request, pk: int) -> Grant:
    """The grant, for somebody who may take it back."""
    grant = find(Grant.objects.select_related("organization", "user"), pk=pk)
    grants.require_revoking(request.actor, grant)
    return grant
