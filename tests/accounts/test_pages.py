import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dangjian.accounts import actions
from dangjian.accounts.backends import phone_index
from dangjian.accounts.models import Event, SignInTry, User
from dangjian.kernel import clock
from dangjian.org.models import Organization
from tests import make
from tests.days import in_days

pytestmark = pytest.mark.django_db


def sign_in(client: Client, username: str, password: str = "Test-1234") -> HttpResponse:
    return client.post(reverse("accounts:sign_in"), {"username": username, "password": password})


@pytest.fixture
def top() -> Organization:
    return make.committee()


def test_a_stranger_is_sent_to_sign_in_and_comes_back(client: Client) -> None:
    answer = client.get("/notifications/?only=unread")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/sign-in/?next=/notifications/%3Fonly%3Dunread"
    user = make.user()
    answer = client.post(answer["Location"], {"username": user.username, "password": "Test-1234", "next": "/notifications/"})
    assert answer["Location"] == "/notifications/"


def test_whoever_was_signed_out_while_sending_is_told_that_it_did_not_arrive(client: Client) -> None:
    address = reverse("accounts:contact")
    assert "没有提交" not in client.get(address, follow=True).content.decode()
    page = client.post(address, {"mobile": "19900000001"}, follow=True)
    assert page.redirect_chain[0][0].startswith("/accounts/sign-in/")
    assert "刚才的内容没有提交" in page.content.decode()
    assert "没有提交" not in client.post(reverse("accounts:sign_out"), follow=True).content.decode(), "signing out twice is fine"


@pytest.mark.django_db
def test_whoever_opens_a_platform_that_is_not_set_up_is_told_what_to_do(client: Client) -> None:
    empty = client.get("/accounts/sign-in/").content.decode()
    assert "平台还没有建立" in empty
    assert "一次性地址" in empty
    make.user()
    assert "平台还没有建立" not in client.get("/accounts/sign-in/").content.decode()


def test_sign_in_never_leads_outside(client: Client) -> None:
    user = make.user()
    answer = client.post(
        reverse("accounts:sign_in"),
        {"username": user.username, "password": "Test-1234", "next": "https://elsewhere.example/"},
    )
    assert answer["Location"] == "/"


def test_a_wrong_password_says_what_to_do_and_keeps_the_name(client: Client) -> None:
    user = make.user()
    answer = sign_in(client, user.username, "wrong")
    assert answer.status_code == 422
    assert "密码不正确" in answer.content.decode()
    assert user.username in answer.content.decode()


def test_five_wrong_passwords_lock_the_account_until_unlocked(client: Client, top: Organization) -> None:
    user = make.user()
    for _ in range(5):
        answer = sign_in(client, user.username, "wrong")
    assert answer.status_code == 429
    assert sign_in(client, user.username).status_code == 429
    keeper = make.grant(top, "security_admin").user
    client.force_login(keeper)
    assert "已锁定" in client.get(reverse("accounts:locks")).content.decode()
    client.post(reverse("accounts:unlock"), {"username": user.username})
    client.logout()
    assert sign_in(client, user.username).status_code == 302


def test_signing_in_by_phone(client: Client, top: Organization) -> None:
    admin = make.grant(top, "system_admin").user
    client.force_login(admin)
    client.post(reverse("accounts:new"), {"username": "bailu", "name": "南宫白露", "phone": "199 0000 2222", "email": ""})
    user = User.objects.get(username="bailu")
    user.set_password("Test-1234")
    user.save()
    client.logout()
    assert sign_in(client, "19900002222").status_code == 302


def test_the_first_password_must_be_changed_before_anything_else(client: Client) -> None:
    user = make.user(must_change_password=True)
    sign_in(client, user.username)
    assert client.get("/")["Location"] == reverse("accounts:password")
    assert "主菜单" not in client.get(reverse("accounts:password")).content.decode()
    answer = client.post(reverse("accounts:password"), {"old": "Test-1234", "new": "Nova-5678", "again": "Nova-5678"})
    assert answer["Location"] == "/"
    assert client.get("/").status_code == 200
    assert "主菜单" in client.get(reverse("accounts:password")).content.decode(), "who changes it freely keeps the menu"


def test_only_who_has_tokens_is_told_that_they_ended(client: Client) -> None:
    user = make.user()
    sign_in(client, user.username)
    for old, new, has_token in (("Test-1234", "Nova-5678", False), ("Nova-5678", "Nova-6789", True)):
        if has_token:
            actions.issue_token(actor=make.actor(user), user=user, title="对接", days=30)
        answer = client.post(reverse("accounts:password"), {"old": old, "new": new, "again": new}, follow=True)
        assert "密码已修改" in answer.content.decode()
        assert ("接口令牌已全部停用" in answer.content.decode()) == has_token


def test_a_switched_off_account_is_out_at_once(client: Client, top: Organization) -> None:
    user = make.user()
    client.force_login(user)
    assert client.get("/").status_code == 200
    user.is_active = False
    user.save()
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("system_admin", {"accounts:list", "accounts:new"}),
        ("security_admin", {"accounts:locks"}),
        ("audit_admin", {"accounts:events"}),
        ("party_office", set()),
    ],
)
def test_each_administrator_has_their_own_pages(client: Client, top: Organization, role: str, allowed: set[str]) -> None:
    client.force_login(make.grant(top, role).user)
    for name in ("accounts:list", "accounts:new", "accounts:locks", "accounts:events"):
        assert client.get(reverse(name)).status_code == (200 if name in allowed else 403)


def test_accounts_stand_in_the_order_asked_for_and_else_in_the_usual_one(client: Client, top: Organization) -> None:
    client.force_login(make.grant(top, "system_admin").user)
    for username in ("bailu", "aju"):
        client.post(reverse("accounts:new"), {"username": username, "name": username, "phone": "", "email": ""})

    def shown(sort: str) -> list[str]:
        return [row.username for row in client.get(reverse("accounts:list"), {"sort": sort}).context["page_obj"]]

    usual = sorted(User.objects.values_list("username", flat=True))
    assert shown("-username") == usual[::-1]
    for made_up in ("", "-", "x", "-x", "--username", "password"):
        assert shown(made_up) == usual
    assert shown("username") == usual


def test_the_trail_is_searched_by_person_thing_and_day(client: Client, top: Organization) -> None:
    admin = make.grant(top, "system_admin").user
    client.force_login(admin)
    client.post(reverse("accounts:new"), {"username": "bailu", "name": "南宫白露", "phone": "", "email": ""})
    client.force_login(make.grant(top, "audit_admin").user)
    url = reverse("accounts:events")
    assert "开通账号“bailu”" in client.get(url, {"q": "bailu"}).content.decode()
    assert "开通账号“bailu”" not in client.get(url, {"q": "nobody"}).content.decode()
    assert "开通账号“bailu”" not in client.get(url, {"since": "2026-11-01", "until": "2026-11-22"}).content.decode()


def test_the_trail_names_things_in_chinese(client: Client, top: Organization) -> None:
    client.force_login(make.grant(top, "system_admin").user)
    client.post(reverse("accounts:new"), {"username": "bailu", "name": "南宫白露", "phone": "", "email": ""})
    client.force_login(make.grant(top, "audit_admin").user)
    url = reverse("accounts:events")
    shown = client.get(url, {"verb": "accounts."}).content.decode()
    assert "开通账号“bailu”" in shown
    assert "accounts.opened" not in shown
    assert "账号与留痕" in shown
    assert "开通账号“bailu”" not in client.get(url, {"verb": "members."}).content.decode()


@pytest.mark.parametrize(
    ("role", "title", "elsewhere"),
    [
        ("system_admin", "账号管理", "操作留痕"),
        ("security_admin", "登录锁定", "账号管理"),
        ("audit_admin", "操作留痕", "登录锁定"),
    ],
)
def test_the_home_page_of_an_administrator_leads_to_their_work(
    client: Client, top: Organization, role: str, title: str, elsewhere: str
) -> None:
    client.force_login(make.grant(top, role).user)
    home = client.get(reverse("site:home")).content.decode()
    assert f"{title}</h2>" in home
    assert elsewhere not in home


def test_a_reader_without_permission_writes_nothing(client: Client, top: Organization) -> None:
    user = make.post(top).user
    client.force_login(user)
    target = make.user()
    events = Event.objects.exclude(result="refused").count()
    assert client.post(reverse("accounts:active", args=[target.pk]), {"active": "0"}).status_code == 403
    assert client.post(reverse("accounts:reset", args=[target.pk])).status_code == 403
    target.refresh_from_db()
    assert target.is_active
    assert target.check_password("Test-1234")
    assert Event.objects.exclude(result="refused").count() == events


def test_a_token_is_shown_once_and_can_be_stopped(client: Client) -> None:
    user = make.user()
    client.force_login(user)
    page = client.post(reverse("accounts:tokens"), {"title": "对接人事系统", "days": "30"}).content.decode()
    assert "dj_" in page
    assert "dj_" not in client.get(reverse("accounts:tokens")).content.decode()
    token = user.tokens.get()
    other = make.user()
    client.force_login(other)
    assert client.post(reverse("accounts:revoke_token", args=[token.pk])).status_code == 404
    client.force_login(user)
    client.post(reverse("accounts:revoke_token", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at


def test_an_old_password_must_be_renewed(client: Client) -> None:
    user = make.user()
    client.force_login(user)
    assert client.get("/").status_code == 200
    with clock.at(f"{in_days(91)} 09:00"):
        client.force_login(user)
        assert client.get("/")["Location"] == reverse("accounts:password")
        assert "定期更换" in client.get(reverse("accounts:password")).content.decode()
        client.post(reverse("accounts:password"), {"old": "Test-1234", "new": "Nova-5678", "again": "Nova-5678"})
        assert client.get("/").status_code == 200


def test_spaces_in_a_phone_number_give_no_further_tries(client: Client) -> None:
    user = make.user(phone_index=phone_index("19900002222"))
    for typed in ("19900002222", "199 0000 2222", "1 9900002222", "１９９00002222", user.username):
        answer = sign_in(client, typed, "wrong")
    assert answer.status_code == 429
    assert sign_in(client, "19900 002222").status_code == 429
    assert set(SignInTry.objects.values_list("name", flat=True)) == {user.username}


def test_phone_and_email_show_what_is_bound_and_change_with_the_password(client: Client) -> None:
    user = make.user()
    client.force_login(user)
    address = reverse("accounts:contact")
    assert "没有绑定" in client.get(address).content.decode()
    typed = {"phone": "199 0000 2222", "email": "xu@example.invalid"}
    for wrong in ({}, {"password": "wrong"}):
        assert client.post(address, typed | wrong).status_code == 422
        user.refresh_from_db()
        assert (user.phone_index, user.phone_shown, user.email) == ("", "", "")
    assert not Event.objects.filter(verb="accounts.contact_changed").exists()
    page = client.post(address, typed | {"password": "Test-1234"}, follow=True).content.decode()
    assert "199****2222" in page
    assert "xu@example.invalid" in page
    assert "19900002222" not in page
    user.refresh_from_db()
    assert (user.phone_index, user.phone_shown) == (phone_index("19900002222"), "199****2222")
    assert client.post(address, {"email": "", "password": "Test-1234"}).status_code == 302
    user.refresh_from_db()
    assert user.phone_shown == "199****2222"


def test_a_number_bound_before_it_was_kept_is_not_called_unbound(client: Client) -> None:
    client.force_login(make.user(phone_index=phone_index("19900002222")))
    assert "已绑定，号码不显示" in client.get(reverse("accounts:contact")).content.decode()


def test_a_phone_number_of_nobody_is_not_kept_in_full(client: Client) -> None:
    sign_in(client, "199 0000 3333", "wrong")
    assert SignInTry.objects.get().name == "199****3333"


def test_signing_in_and_out_is_on_the_trail(client: Client) -> None:
    user = make.user()
    sign_in(client, user.username)
    client.post(reverse("accounts:sign_out"))
    found = Event.objects.filter(actor=user).order_by("pk").values_list("verb", "address")
    assert list(found) == [("accounts.signed_in", "127.0.0.1"), ("accounts.signed_out", "127.0.0.1")]


def test_who_is_no_member_is_offered_neither_a_record_nor_a_search(client: Client, top: Organization) -> None:
    client.force_login(make.grant(top, "audit_admin").user)
    home = client.get(reverse("site:home")).content.decode()
    assert "我的信息" not in home
    assert 'role="search"' not in home
    client.force_login(make.member(make.branch(top), with_user=True).user)
    home = client.get(reverse("site:home")).content.decode()
    assert "我的信息" in home


def test_nobody_is_offered_to_switch_off_their_own_account(client: Client, top: Organization) -> None:
    admin, other = make.grant(top, "system_admin").user, make.user()
    client.force_login(admin)
    own, another = (reverse("accounts:active", args=[who.pk]) for who in (admin, other))
    page = client.get(reverse("accounts:list")).content.decode()
    assert (own in page, another in page) == (False, True)
    assert client.post(own, {"active": "0"}).status_code == 409
    assert client.post(another, {"active": "0"}).status_code == 302
    assert not User.objects.get(pk=other.pk).is_active
