"""The one page that ``manage.py runserver`` shows in a checkout: which models are there, and the commands."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html, format_html_join

from humanpose3d.model_assets import ModelAssetError, UserPaths, check_models

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>HumanPose3D</title>
<h1>HumanPose3D</h1>
<p>The app is installed. Models in {}:</p>
<ul>{}</ul>
<p>Fetch them with <code>python manage.py download_models</code>, and run a video with
<code>python manage.py run_pipeline --video VIDEO --height 1.78</code>.</p>
</html>
"""


def models_page(_request: HttpRequest) -> HttpResponse:
    """Show the status of each model; it reads the disk only."""
    try:
        states = [(status.path.name, status.state) for status in check_models()]
        folder = str(UserPaths.default().models)
    except ModelAssetError as error:
        states, folder = [], str(error)
    return HttpResponse(format_html(_PAGE, folder, format_html_join("", "<li>{}: {}</li>", states)))


urlpatterns = [path("", models_page)]
