"""A Django app: management commands and a system check. Use: ``INSTALLED_APPS = [..., "humanpose3d.django_app"]``."""
