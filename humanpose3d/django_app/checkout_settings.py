"""The settings that ``manage.py`` uses in a checkout: this app, and no database."""

INSTALLED_APPS = ["humanpose3d.django_app"]
USE_I18N = False
USE_TZ = True
