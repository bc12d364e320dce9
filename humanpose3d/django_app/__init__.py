"""The Django app: management commands and a system check. Use: ``INSTALLED_APPS = [..., "humanpose3d.django_app"]``.

This folder calls the functions that the command line calls. It never computes anything itself.
"""
