"""Results: the report, single files, everything as one zip, and comparisons."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from humanpose3d.django_app.page.access.headers import CSP, SANDBOX_POLICY
from humanpose3d.django_app.page.files.isolated import compare as write_comparison
from humanpose3d.django_app.page.files.removal import result_files
from humanpose3d.django_app.page.models import Trial
from humanpose3d.django_app.page.numbers.curves import compared_rows
from humanpose3d.django_app.page.numbers.wording import report_language
from humanpose3d.django_app.page.views.trials import find_trial, key_of
from humanpose3d.errors import PipelineError

_MOST_COMPARED = 12
_FRAMED = {CSP: SANDBOX_POLICY, "X-Frame-Options": "SAMEORIGIN"}


@require_GET
def report(request: HttpRequest, pk: int) -> FileResponse:
    """Show the report of a trial."""
    return _page(_file(find_trial(request, pk), "report.html"))


@require_GET
def file(request: HttpRequest, pk: int, name: str) -> FileResponse:
    """Send one file of the results."""
    path = _file(find_trial(request, pk), name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, headers={CSP: SANDBOX_POLICY})


@require_GET
def archive(request: HttpRequest, pk: int) -> FileResponse:
    """Send all files of the results as one zip."""
    trial = find_trial(request, pk)
    files = result_files(trial)
    if not files:
        raise Http404
    packed = tempfile.TemporaryFile()  # noqa: SIM115  (the answer closes it)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, path in files.items():
            target.write(path, f"{Path(trial.folder).name}/{name}")
    packed.seek(0)
    return FileResponse(packed, as_attachment=True, filename=f"{Path(trial.folder).name}.zip")


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Show the numbers of trials side by side, and of two of them the curves and skeletons."""
    trials = _chosen(request)
    context = {"trials": trials, "rows": compared_rows(trials), "comparison_url": None, "error": ""}
    if len(trials) < 2:
        context["error"] = _("Choose two or more trials that are done.")
    else:
        first, last = trials[0].pk, trials[-1].pk
        context["comparison_url"] = f"{reverse('page:comparison')}?trial={first}&trial={last}"
    return render(request, "page/compare.html", context)


@require_GET
def comparison(request: HttpRequest) -> HttpResponse | FileResponse:
    """Show the page that compares two trials; it is made on the first visit."""
    trials = _chosen(request)
    if len(trials) != 2:
        raise Http404
    folders = [Path(trial.folder) for trial in trials]
    stamps = [int((folder / "run.json").stat().st_mtime) for folder in folders]
    name = "".join(f"-{trial.pk}-{stamp}" for trial, stamp in zip(trials, stamps, strict=True))
    target = Path(settings.APP_FOLDER) / "comparisons" / f"comparison{name}-{report_language()}.html"
    if not target.is_file():
        try:
            write_comparison(folders, [_label(trial) for trial in trials], target, report_language())
        except PipelineError as error:
            return HttpResponse(str(error), "text/plain; charset=utf-8", status=422, headers=_FRAMED)
    return _page(target)


def _chosen(request: HttpRequest) -> list[Trial]:
    """Return the trials of the visitor that the address names and that are done, oldest first."""
    wanted = map(key_of, request.GET.getlist("trial")[:_MOST_COMPARED])
    mine = Trial.objects.seen_by(request).filter(pk__in=wanted, state=Trial.State.DONE)
    found = [trial for trial in mine.select_related("person") if "report.html" in result_files(trial)]
    return sorted(found, key=lambda trial: (trial.day, trial.created))


def _label(trial: Trial) -> str:
    return f"{trial.title}, {trial.day}"


def _file(trial: Trial, name: str) -> Path:
    """Return a file of the results by its name, which is looked up and never joined to a path."""
    try:
        return result_files(trial)[name]
    except KeyError:
        raise Http404 from None


def _page(path: Path) -> FileResponse:
    return FileResponse(path.open("rb"), content_type="text/html; charset=utf-8", headers=_FRAMED)
