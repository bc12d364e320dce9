"""The settings that ``manage.py`` uses in a checkout: this app and its page, for this machine only, and no database."""

INSTALLED_APPS = ["humanpose3d.django_app"]
ROOT_URLCONF = "humanpose3d.django_app.checkout_urls"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
