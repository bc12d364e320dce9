"""The form that says what of a video is analysed, and whom it shows."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from humanpose3d.django_app.page.files.adoption import person_named
from humanpose3d.django_app.page.models import Trial
from humanpose3d.django_app.page.numbers.wording import report_language
from humanpose3d.errors import InvalidSettingError
from humanpose3d.runs.settings import QUALITIES, SIDES, Settings

__all__ = ["PrepareForm"]

_FORMAT_PACKAGES = {"c3d": "ezc3d", "xlsx": "xlsxwriter", "opensim": "opensim"}
_OPTIONS = ("side", "quality", "blur_faces", "formats")
_TOLD = ("movement", "height", "weight", "date", "start", "end", "person_x", "person_y", "person_at", "note")


_DECIMAL = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})  # takes a comma too, unlike type=number
_DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
_LINES = forms.Textarea({"rows": 2, "dir": "auto"})


def _offering(names: str) -> forms.TextInput:
    """Return an input of free text that offers what is in the template's list of that name."""
    return forms.TextInput({"list": names, "dir": "auto", "autocomplete": "off"})


class PrepareForm(forms.Form):
    """Settings of a trial, checked by the same rules as those of the command line."""

    person = forms.CharField(
        label=_("Name or code"),
        help_text=_("It gathers the trials of one person."),
        max_length=80,
        required=False,
        widget=_offering("people"),
    )
    date = forms.DateField(label=_("Day of the recording"), required=False, widget=_DAY)
    movement = forms.CharField(label=_("What is done"), max_length=80, required=False, widget=_offering("movements"))
    height = forms.FloatField(label=_("Height in metres"), required=False, widget=_DECIMAL)
    weight = forms.FloatField(label=_("Weight in kilograms"), required=False, widget=_DECIMAL)
    start = forms.FloatField(label=_("From second"), required=False, min_value=0)
    end = forms.FloatField(label=_("To second"), required=False, min_value=0)
    person_x = forms.FloatField(required=False, min_value=0, max_value=1, widget=forms.HiddenInput)
    person_y = forms.FloatField(required=False, min_value=0, max_value=1, widget=forms.HiddenInput)
    person_at = forms.FloatField(required=False, min_value=0, widget=forms.HiddenInput)
    side = forms.ChoiceField(label=_("Side that matters"), required=False)
    note = forms.CharField(label=_("Note"), max_length=2000, required=False, widget=_LINES)
    quality = forms.ChoiceField(label=_("Quality"), required=False)
    blur_faces = forms.BooleanField(label=_("Blur the face"), required=False)
    formats = forms.MultipleChoiceField(label=_("Further files"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, trial: Trial, data: Any = None) -> None:
        initial = {name: getattr(trial, name) for name in _TOLD}
        initial |= {"person": trial.person.name if trial.person else "", **trial.options}
        super().__init__(_with_points(data), initial=initial)
        self._trial = trial
        sides = {"left": _("left"), "right": _("right"), "both": _("both")}
        self.fields["side"].choices = [("", _("none")), *((side, sides[side]) for side in SIDES)]
        qualities = {"normal": _("normal"), "high": _("high (takes twice as long)")}
        self.fields["quality"].choices = [(quality, qualities[quality]) for quality in QUALITIES]
        there = [name for name, package in _FORMAT_PACKAGES.items() if find_spec(package)]
        self.fields["formats"].choices = [(name, name.upper() if name != "opensim" else "OpenSim") for name in there]

    def clean(self) -> dict[str, Any]:
        """Check what belongs together, with the settings of a run."""
        cleaned: dict[str, Any] = super().clean()
        if self.errors:
            return cleaned
        point = [cleaned[name] for name in ("person_x", "person_y", "person_at") if cleaned[name] is not None]
        try:
            Settings(
                height=cleaned["height"],
                weight=cleaned["weight"],
                start=cleaned["start"] or 0.0,
                end=cleaned["end"],
                person=tuple(point) if len(point) > 1 else None,
                **self._options(cleaned),
            )
        except InvalidSettingError as error:
            field = next((name for name in ("height", "weight", "start", "end") if f"The {name} " in str(error)), None)
            self.add_error(field, str(error))
        return cleaned

    def save(self) -> Trial:
        """Keep the settings with the trial."""
        trial, cleaned = self._trial, self.cleaned_data
        for name in _TOLD:
            setattr(trial, name, cleaned[name])
        trial.start = cleaned["start"] or 0.0
        trial.person = person_named(trial.owner, cleaned["person"])
        trial.options = {**trial.options, **self._options(cleaned), "language": report_language()}
        trial.save()
        return trial

    def _options(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        return {name: cleaned[name] for name in _OPTIONS} | {
            "side": cleaned["side"] or None,
            "quality": cleaned["quality"] or "normal",
        }


def _with_points(data: Any) -> Any:
    """Return submitted values with decimal points, so that commas are accepted in every language."""
    if data is None:
        return None
    values = data.copy()
    for name in ("height", "weight", "start", "end"):
        if name in values:
            values[name] = values[name].replace(",", ".", 1)
    return values
