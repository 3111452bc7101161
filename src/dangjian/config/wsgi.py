"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.umask(0o077)  # whatever the platform writes is for its own account alone
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangjian.config.settings")
application = get_wsgi_application()

from dangjian.accounts import keys  # noqa: E402 - its models are there only now

keys.verify()
