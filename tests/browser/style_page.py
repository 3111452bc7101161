"""The product's addresses and the style page, which is otherwise mounted while debugging only."""

from django.urls import path

from dangjian.config import urls
from dangjian.kernel.ui import gallery

urlpatterns = [*urls.urlpatterns, path("ui/", gallery.show)]
handler404 = urls.handler404
handler500 = urls.handler500
