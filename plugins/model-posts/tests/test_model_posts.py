import pytest
from dangjian_model_posts import actions
from dangjian_model_posts.models import ModelPost, Review
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.duties import actions as duties
from dangjian.engines.duties.models import Duty
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.org.models import Organization
from dangjian.org.openings import at
from tests import make
from tests.days import in_days

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch() -> Organization:
    return make.branch(make.general_branch(make.committee()))


@pytest.fixture
def secretary(branch: Organization) -> User:
    member = make.member(branch, "书记", with_user=True)
    make.post(branch, who=member.user)
    return member.user


def test_a_member_has_one_model_post_at_a_time(branch: Organization, secretary: User) -> None:
    member = make.member(branch)
    actor = make.actor(secretary)
    with at(branch):
        post = actions.name_post(actor=actor, member=member, title="焊接示范岗", promise="焊缝一次合格")
        with pytest.raises(Conflict, match="已有示范岗"):
            actions.name_post(actor=actor, member=member, title="第二个", promise="承诺")
        actions.take_back(actor=actor, post=post)
        actions.name_post(actor=actor, member=member, title="第二个", promise="承诺")
        assert ModelPost.objects.filter(ended_on=None).count() == 1


def test_what_is_wrong_writes_nothing(branch: Organization, secretary: User) -> None:
    actor = make.actor(secretary)
    with at(branch):
        with pytest.raises(Invalid):
            actions.review(actor=actor, organization=branch, finding=" ")
        with pytest.raises(Invalid):
            actions.review(actor=actor, organization=branch, finding="好", reviewed_on=in_days(1))
        with pytest.raises(PermissionDenied):
            actions.review(actor=make.actor(make.member(branch, with_user=True).user), organization=branch, finding="好")
        assert not Review.objects.exists()


def test_a_review_settles_the_duty_of_the_quarter(branch: Organization, secretary: User) -> None:
    with at(branch):
        duties.refresh(actor=make.SYSTEM)
        assert not Duty.objects.filter(rule="model_posts_review").exists()
        actions.name_post(actor=make.actor(secretary), member=make.member(branch), title="焊接示范岗", promise="焊缝一次合格")
        duties.refresh(actor=make.SYSTEM)
        duty = Duty.objects.filter(rule="model_posts_review").latest("period_start")
        assert duty.state == "open"
        actions.review(actor=make.actor(secretary), organization=branch, finding="承诺兑现")
        duty.refresh_from_db()
        assert duty.state == "done"


def test_the_pages_do_the_job(client: Client, branch: Organization, secretary: User) -> None:
    member = make.member(branch, "欧阳立夏")
    client.force_login(secretary)
    assert "还没有党员示范岗" in client.get(reverse("model_posts:list")).content.decode()
    client.post(reverse("model_posts:new"), {"member": member.pk, "title": "焊接示范岗", "promise": "焊缝一次合格"})
    assert "欧阳立夏" in client.get(reverse("model_posts:list")).content.decode()
    answer = client.post(reverse("model_posts:review"), {"organization": branch.pk, "reviewed_on": in_days(1), "finding": "好"})
    assert answer.status_code == 422
    assert "不能晚于今天" in answer.content.decode()
    assert "党员示范岗" in client.get("/").content.decode()
