import datetime as dt
import re

import pytest

from dangjian.accounts import actions
from dangjian.accounts.models import ApiToken, Event, User
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee()


@pytest.fixture
def admin(top: Organization) -> GrantedActor:
    return make.actor(make.grant(top, "system_admin").user)


def test_an_opened_account_must_change_its_first_password(admin: GrantedActor) -> None:
    user, password = actions.open_account(actor=admin, username="lixia", name="欧阳立夏", phone="19900001111")
    user.refresh_from_db()
    assert user.check_password(password)
    assert user.must_change_password
    assert Event.objects.get(verb="accounts.opened").actor_id == admin.user_id


@pytest.mark.parametrize(("username", "name", "field"), [("", "某人", "username"), ("x", " ", "name")])
def test_an_account_needs_a_name(admin: GrantedActor, username: str, name: str, field: str) -> None:
    before = User.objects.count()
    with pytest.raises(Invalid) as caught:
        actions.open_account(actor=admin, username=username, name=name)
    assert field in caught.value.fields
    assert User.objects.count() == before


def test_a_sign_in_name_and_a_phone_are_used_once(admin: GrantedActor) -> None:
    actions.open_account(actor=admin, username="a", name="甲", phone="19900001111")
    with pytest.raises(Invalid, match="已被使用"):
        actions.open_account(actor=admin, username="a", name="乙")
    with pytest.raises(Invalid, match="手机号"):
        actions.open_account(actor=admin, username="b", name="乙", phone="19900001111")
    assert not User.objects.filter(username="b").exists()


@pytest.mark.parametrize(("username", "said"), [("19900001111", "不能是手机号码"), ("li xia", "空格"), ("LiXia", "已被使用")])
def test_a_sign_in_name_means_one_account_alone(admin: GrantedActor, username: str, said: str) -> None:
    actions.open_account(actor=admin, username="lixia", name="欧阳立夏", phone="19900001111")
    with pytest.raises(Invalid, match=said) as caught:
        actions.open_account(actor=admin, username=username, name="虚构甲")
    assert "username" in caught.value.fields


def test_nobody_but_the_system_administrator_opens_accounts(top: Organization) -> None:
    for role in ("security_admin", "audit_admin", "party_office"):
        other = make.actor(make.grant(top, role).user)
        with pytest.raises(PermissionDenied):
            actions.open_account(actor=other, username=role, name="某人")
        assert not User.objects.filter(username=role).exists()


def test_nobody_switches_themselves_off(admin: GrantedActor) -> None:
    with pytest.raises(Conflict):
        actions.set_active(actor=admin, user=admin.user, active=False)
    assert User.objects.get(pk=admin.user_id).is_active


def test_one_changes_only_ones_own_password(admin: GrantedActor) -> None:
    other = make.user()
    with pytest.raises(PermissionDenied):
        actions.change_password(actor=admin, user=other, old="Test-1234", new="Other-9876")
    other.refresh_from_db()
    assert other.check_password("Test-1234")


@pytest.mark.parametrize("new", ["short1A", "alllowercaseletters", "Test-1234", "12345678"])
def test_a_weak_or_unchanged_password_is_refused(new: str) -> None:
    user = make.user()
    with pytest.raises(Invalid):
        actions.change_password(actor=make.actor(user), user=user, old="Test-1234", new=new)
    user.refresh_from_db()
    assert user.check_password("Test-1234")


@pytest.mark.parametrize("new", ["abc", "password", "alllowercaseletters", "maker-1"])
def test_what_is_wrong_with_a_password_is_said_in_chinese(new: str) -> None:
    user = User.objects.create_user("maker", "Test-1234", name="虚构甲")
    with pytest.raises(Invalid) as caught:
        actions.change_password(actor=make.actor(user), user=user, old="Test-1234", new=new)
    assert re.fullmatch("([^A-Za-z；。]+。)+", caught.value.fields["new"]), caught.value.fields


def test_a_token_is_kept_as_a_digest_and_ends(admin: GrantedActor) -> None:
    user = make.user()
    token, key = actions.issue_token(actor=make.actor(user), user=user, title="对接", days=30)
    assert key not in ApiToken.objects.get(pk=token.pk).digest
    assert token.expires_at == clock.now() + dt.timedelta(days=30)
    actions.revoke_token(actor=make.actor(user), token=token)
    with pytest.raises(Conflict):
        actions.revoke_token(actor=make.actor(user), token=token)


def test_a_token_for_somebody_else_needs_the_administrator() -> None:
    user, other = make.user(), make.user()
    make.post(make.committee(), who=other)
    with pytest.raises(PermissionDenied):
        actions.issue_token(actor=make.actor(other), user=user, title="偷看")
    assert not ApiToken.objects.exists()


def test_events_are_never_changed_or_deleted(admin: GrantedActor) -> None:
    actions.open_account(actor=admin, username="a", name="甲")
    event = Event.objects.get(verb="accounts.opened")
    event.summary = "别的"
    for attempt in (event.save, event.delete, Event.objects.all().delete, lambda: Event.objects.update(summary="别的")):
        with pytest.raises(TypeError):
            attempt()
    assert Event.objects.get(pk=event.pk).summary != "别的"


def test_a_new_password_or_a_switched_off_account_ends_its_tokens(admin: GrantedActor) -> None:
    for act in (
        lambda user: actions.reset_password(actor=admin, user=user),
        lambda user: actions.set_active(actor=admin, user=user, active=False),
    ):
        user = make.user()
        token, _key = actions.issue_token(actor=make.actor(user), user=user, title="对接")
        act(user)
        token.refresh_from_db()
        assert token.revoked_at == clock.now()


def test_not_even_the_system_administrator_issues_a_token_for_somebody_else(admin: GrantedActor) -> None:
    with pytest.raises(PermissionDenied):
        actions.issue_token(actor=admin, user=make.user(), title="冒用")
    assert not ApiToken.objects.exists()


def test_a_contact_saved_from_an_old_page_does_not_bring_back_the_old_password(admin: GrantedActor) -> None:
    user = make.user()
    stale = User.objects.get(pk=user.pk)
    password = actions.reset_password(actor=admin, user=user)
    actions.update_contact(actor=make.actor(user), user=stale, password=password, email="xu@example.invalid")
    user.refresh_from_db()
    assert user.check_password(password)
    assert user.must_change_password
