"""The yearly register as a document: made in the background, downloaded by whoever may read it, cleared away."""

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from dangjian.accounts.models import Event
from dangjian.activities.meetings import actions, jobs
from dangjian.activities.meetings.models import RegisterPaper
from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid, NotFound, PermissionDenied
from dangjian.org.making import Making
from tests import make
from tests.activities.meetings.conftest import World, closed, instant
from tests.activities.meetings.pages import as_member, as_neighbour, as_secretary


def _ask(world: World, form: str = "docx") -> RegisterPaper:
    return actions.ask_for_register(actor=world.secretary, organization=world.branch, year=2026, form=form)


def _made(world: World, form: str = "docx") -> RegisterPaper:
    paper = _ask(world, form)
    actions.compile_register(pk=paper.pk)
    return RegisterPaper.objects.get(pk=paper.pk)


@pytest.mark.parametrize(("form", "begins"), [("docx", b"PK"), ("pdf", b"%P")])
def test_asking_on_the_page_leads_to_the_document(
    world: World, form: str, begins: bytes, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    closed(world)
    client = as_secretary(world)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("meetings:register_ask", args=[world.branch.pk, 2026]), {"form": form})
    paper = RegisterPaper.objects.get()
    assert answer["Location"] == reverse("meetings:register_paper", args=[paper.pk])
    assert (paper.state, paper.share, paper.asked_by) == (Making.READY, 100, world.people[0].user)
    page = client.get(answer["Location"]).content.decode()
    assert reverse("meetings:register_file", args=[paper.pk]) in page
    file = client.get(reverse("meetings:register_file", args=[paper.pk]))
    assert b"".join(file.streaming_content)[:2] == begins  # type: ignore[attr-defined]  # a FileResponse
    assert "attachment" in file["Content-Disposition"]
    assert "no-store" in file["Cache-Control"]
    listed = client.get(reverse("meetings:register"), {"organization": world.branch.pk, "year": 2026}).content.decode()
    assert reverse("meetings:register_paper", args=[paper.pk]) in listed


def test_while_it_is_made_the_page_says_so_and_nothing_can_be_downloaded(world: World) -> None:
    paper, client = _ask(world), as_secretary(world)
    assert "正在生成…" in client.get(reverse("meetings:register_paper", args=[paper.pk])).content.decode()
    address, asked_by_the_page = reverse("meetings:register_progress", args=[paper.pk]), {"HX-Request": "true"}
    progress = client.get(address, headers=asked_by_the_page)
    assert "等待后台处理" in progress.content.decode()
    assert "HX-Refresh" not in progress
    assert client.get(reverse("meetings:register_file", args=[paper.pk])).status_code == 409
    actions.compile_register(pk=paper.pk)
    assert client.get(address, headers=asked_by_the_page)["HX-Refresh"] == "true"
    assert client.get(address)["Location"] == reverse("meetings:register_paper", args=[paper.pk])


def test_asking_twice_makes_one(world: World) -> None:
    assert _ask(world) == _ask(world)
    assert RegisterPaper.objects.count() == 1
    assert Event.objects.filter(verb="meetings.register_asked").count() == 1
    assert _ask(world, "pdf") != _ask(world)


def test_a_new_one_takes_the_place_of_the_old_and_its_file(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    old = _made(world)
    with django_capture_on_commit_callbacks(execute=True):
        new = _made(world)
    assert list(RegisterPaper.objects.all()) == [new]
    assert not Path(settings.MEDIA_ROOT, old.file.name).exists()
    assert Path(settings.MEDIA_ROOT, new.file.name).exists()


def test_whoever_may_not_read_the_meetings_gets_nothing(world: World) -> None:
    paper = _made(world)
    for name in ("register_paper", "register_progress", "register_file"):
        address = reverse(f"meetings:{name}", args=[paper.pk])
        assert as_neighbour(world).get(address).status_code == 404
        assert as_member(world).get(address).status_code == 403
    address = reverse("meetings:register_ask", args=[world.branch.pk, 2025])
    assert as_neighbour(world).post(address, {"form": "pdf"}).status_code == 404
    assert as_member(world).post(address, {"form": "pdf"}).status_code == 403
    with pytest.raises(NotFound):
        actions.ask_for_register(actor=make.actor(world.stranger.user), organization=world.branch, year=2026, form="pdf")
    with pytest.raises(PermissionDenied):
        actions.ask_for_register(actor=world.actor(3), organization=world.branch, year=2026, form="pdf")
    assert RegisterPaper.objects.count() == 1


@pytest.mark.parametrize(("year", "form"), [(1999, "pdf"), (2201, "pdf"), (2026, "exe"), (2026, "")])
def test_nonsense_is_refused(world: World, year: int, form: str) -> None:
    with pytest.raises(Invalid):
        actions.ask_for_register(actor=world.secretary, organization=world.branch, year=year, form=form)
    office = make.actor(make.grant(world.top, "party_office").user)
    with pytest.raises(Invalid):
        actions.ask_for_register(actor=office, organization=world.top, year=2026, form="pdf")
    assert not RegisterPaper.objects.exists()


def test_rights_that_ended_meanwhile_leave_no_document(world: World) -> None:
    paper = _ask(world)
    world.people[0].user.is_active = False
    world.people[0].user.save()
    actions.compile_register(pk=paper.pk)
    paper = RegisterPaper.objects.get()
    assert (paper.state, paper.file.name) == (Making.FAILED, "")
    assert "权限" in paper.failure
    assert paper.failure in as_secretary_again(world).get(reverse("meetings:register_paper", args=[paper.pk])).content.decode()


def as_secretary_again(world: World) -> object:
    world.people[0].user.is_active = True
    world.people[0].user.save()
    return as_secretary(world)


def test_one_given_up_by_the_background_can_be_asked_for_again(world: World) -> None:
    first = _ask(world)
    with clock.at(instant("10:00")):
        second = _ask(world)
    assert first != second
    assert RegisterPaper.objects.get(pk=first.pk).state == Making.FAILED
    actions.compile_register(pk=first.pk)
    assert RegisterPaper.objects.get(pk=first.pk).state == Making.FAILED


def test_documents_are_cleared_away_after_their_time(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    paper = _made(world)
    path = Path(settings.MEDIA_ROOT, paper.file.name)
    with clock.at(instant("09:00", days=6)):
        jobs.clear_registers()
    assert path.exists()
    with clock.at(instant("09:00", days=8)), django_capture_on_commit_callbacks(execute=True):
        jobs.clear_registers()
        jobs.clear_registers()
    assert not RegisterPaper.objects.exists()
    assert not path.exists()
