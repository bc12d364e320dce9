#!/usr/bin/env python3
"""Django's command line for this checkout: ``python manage.py download_models``, ``run_pipeline``, ``db_worker``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Hand the arguments over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "humanpose3d.django_app.page.settings")
    try:
        import django_tasks_db  # noqa: F401
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError as error:
        sys.exit(f'{error.name} is not installed; install it in this folder with: python -m pip install ".[app]"')
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
