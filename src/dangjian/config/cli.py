"""The ``dangjian`` command: Django's management commands under the product's own name."""

import os
import sys

from django.core.management import execute_from_command_line

from dangjian.kernel.environment import BadVariable


def main() -> None:
    """Run ``dangjian <command>``; ``dangjian help`` lists them."""
    os.umask(0o077)  # whatever the platform writes is for its own account alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangjian.config.settings")
    try:
        execute_from_command_line(["dangjian", *sys.argv[1:]])
    except BadVariable as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        # Whoever stops a command knows it; a traceback would look like a fault.
        sys.exit(130)
