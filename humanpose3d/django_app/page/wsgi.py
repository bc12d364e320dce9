"""The page for any WSGI server: ``gunicorn humanpose3d.django_app.page.wsgi``. People log in with accounts."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "humanpose3d.django_app.page.settings")
application = get_wsgi_application()
