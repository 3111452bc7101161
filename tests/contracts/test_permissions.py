"""Permissions and roles: all belong together, and the three administrators stay apart."""

from itertools import combinations

import pytest

from dangjian.kernel.offers import HomePanel, MenuItem, ObjectPanel, Permission, Role, SearchSource
from dangjian.kernel.registry import by_code, offers
from dangjian.org import roles
from dangjian.org.gate import permissions_of

SPHERES = ("business", "system", "security", "audit")


@pytest.mark.parametrize("code", sorted(by_code(Permission)))
def test_every_permission_belongs_to_roles_that_exist(code: str) -> None:
    held_by = by_code(Permission)[code].roles
    assert held_by
    assert held_by <= by_code(Role).keys()


@pytest.mark.parametrize("code", sorted(by_code(Permission)))
def test_every_permission_is_named_after_its_module_and_has_a_chinese_title(code: str) -> None:
    assert code.count(".") == 1
    assert any("\u4e00" <= sign <= "\u9fff" for sign in by_code(Permission)[code].title)


@pytest.mark.parametrize("code", sorted(by_code(Role)))
def test_every_role_but_the_plain_ones_may_do_something(code: str) -> None:
    assert permissions_of(code)


@pytest.mark.parametrize(("one", "another"), list(combinations(SPHERES, 2)))
def test_no_permission_crosses_from_one_sphere_into_another(one: str, another: str) -> None:
    def allowed(sphere: str) -> set[str]:
        spheres = {"business", "membership"} if sphere == "business" else {sphere}
        return {code for role in offers(Role) if role.sphere in spheres for code in permissions_of(role.code)}

    assert allowed(one) & allowed(another) == set()


def test_the_three_administrators_are_three_spheres() -> None:
    assert {by_code(Role)[code].sphere for code in roles.ADMINISTRATORS} == {"system", "security", "audit"}


@pytest.mark.parametrize("kind", [MenuItem, HomePanel, SearchSource, ObjectPanel])
def test_what_is_shown_names_a_permission_that_is_offered(kind: type) -> None:
    named = {offer.permission for offer in offers(kind)} - {"signed_in", "public"}
    assert named <= by_code(Permission).keys()
