"""What members are told: the statement of a period, the yearly publication, as pages and papers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.activities.dues.ledger import documents
from dangjian.activities.dues.ledger.actions import publications as actions
from dangjian.activities.dues.ledger.actions.separation import cited
from dangjian.activities.dues.ledger.forms.books import PublishForm, SpanFilter
from dangjian.activities.dues.ledger.models import Publication
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.ledger.queries import publications as queries
from dangjian.activities.dues.ledger.views.access import keeping_of, to_read_or_publish_for
from dangjian.activities.dues.ledger.views.books import BOTH, context_of
from dangjian.kernel import clock
from dangjian.kernel.documents import download, form_of
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import attempt
from dangjian.org.gate import find
from dangjian.org.models import Organization


@requires("dues.view_books", on=keeping_of)
def statement(request: Request, organization: Organization) -> HttpResponse:
    """收支情况表 of a period."""
    form = SpanFilter(request.GET)
    found = books.statement(organization, *form.days)
    large = books.large_moves(organization, *form.days)
    context = context_of(request, organization, "statement", form=form, found=found, large=large)
    return render(request, "dues/ledger/statement.html", context)


@requires("dues.view_books", on=keeping_of)
def statement_paper(request: Request, organization: Organization, form: str) -> HttpResponse:
    """The same as ``docx`` or ``pdf``."""
    wanted = form_of(form)
    first, last = SpanFilter(request.GET).days
    content = documents.statement(organization, first, last, wanted)
    return download(content, f"{organization.short_name}党费收支情况表{first:%Y%m%d}-{last:%Y%m%d}.{form}")


@requires("dues.view_books", on=to_read_or_publish_for, methods=BOTH)
def publish(request: Request, organization: Organization) -> HttpResponse:
    """What has been published, and the last year with its figures, ready to be published."""
    year = clock.today().year - 1
    form = PublishForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        made = attempt(form, lambda data: actions.publish(actor=request.actor, organization=organization, year=year, **data))
        if made is not None:
            messages.success(request, f"{year}年度党费已经公示，党员可以在“我的党费”中查看。")
            return redirect("dues:publication", made.pk)
    rows = Publication.objects.filter(organization=organization).select_related("published_by")
    done = any(row.year == year for row in rows)
    context = context_of(
        request,
        organization,
        "publish",
        rows=rows,
        year=year,
        done=done,
        form=form,
        figures=None if done else queries.figures(organization, year),
        rule=cited("dues.publish.branch"),
    )
    return render(request, "dues/ledger/publish.html", context, status=status)


def publication_to_read(request: Request, pk: int) -> Publication:
    """A publication of an organisation above the reader's own branch, or one whose books they may see."""
    own: Publication | None = queries.readable_by(request.user.pk).filter(pk=pk).first()
    if own is not None:
        return own
    found: Publication = find(Publication.objects.select_related("organization", "published_by"), pk=pk)
    request.actor.require("dues.view_books", found.organization)
    return found


@requires(SIGNED_IN)
def publications(request: Request) -> HttpResponse:
    """What my branch and the organisations above it have published, and what became of my own large gifts."""
    context = {"rows": queries.readable_by(request.user.pk), "gifts": queries.own_gifts(request.user.pk)}
    return render(request, "dues/ledger/publications.html", context)


@requires(SIGNED_IN, on=publication_to_read)
def publication(request: Request, row: Publication) -> HttpResponse:
    """One publication, for the members it was made for."""
    return render(request, "dues/ledger/publication.html", {"row": row, "figures": row.figures})


@requires(SIGNED_IN, on=publication_to_read)
def publication_paper(_request: Request, row: Publication, form: str) -> HttpResponse:
    """The same as ``docx`` or ``pdf``."""
    content = documents.publication(row, form_of(form))
    return download(content, f"{row.organization.short_name}{row.year}年度党费收支公示.{form}")
