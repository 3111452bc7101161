"""Addresses of this app: the pages of every procedure that is offered, and those of their steps."""

from django.urls import URLPattern, path

from dangjian.engines.procedures.offers import ProcedureOffer
from dangjian.engines.procedures.views import dossier, steps
from dangjian.engines.procedures.views.pages import pages_of
from dangjian.kernel.registry import offers

app_name = "procedures"
urlpatterns: list[URLPattern] = [
    path("steps/<int:pk>/", steps.step, name="step"),
    path("steps/<int:pk>/correct/", steps.correct, name="correct"),
    path("steps/<int:pk>/papers/", steps.add_papers, name="add_papers"),
    path("steps/<int:pk>/forms/<slug:code>/", steps.form_paper, name="form_paper"),
    path("papers/<int:pk>/", steps.paper, name="paper"),
    path("papers/<int:pk>/pages/", steps.paper_pages, name="paper_pages"),
    path("papers/<int:pk>/pages/<int:number>/", steps.paper_page, name="paper_page"),
    path("papers/<int:pk>/change/", steps.change_page, name="change_page"),
    path("papers/<int:pk>/remove/", steps.remove_paper, name="remove_paper"),
    path("dossiers/<int:pk>/progress/", dossier.dossier_progress, name="dossier_progress"),
    path("dossiers/<int:pk>/file/", dossier.dossier_file, name="dossier_file"),
    *(each for offer in offers(ProcedureOffer) for each in pages_of(offer.procedure).paths()),
]
