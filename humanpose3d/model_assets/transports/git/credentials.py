"""A user and password that an address carried: how git gets them, and how nobody else does.

They reach git through its environment, which no other user can read. Arguments, configuration, and files hold the
address without them.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_USERNAME, _PASSWORD = "MODELS_LOGIN_USERNAME", "MODELS_LOGIN_PASSWORD"
# Git runs it by a shell, whose own printf it is: no process has the secret in its arguments.
_HELPER = f'!f() {{ printf "username=%s\\npassword=%s\\n" "${_USERNAME}" "${_PASSWORD}"; }}; f'
_SHORTEST_SECRET = 4  # shorter ones are parts of many words
_IN_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/\s'\"]*@")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login for one host.

    Attributes
    ----------
    host : str
        Scheme, host and port, as ``https://host:8443``. No other host gets the login, wherever the server redirects.
    username : str
        User or token.
    password : str or None
        Password; None where the address names none.
    """

    host: str
    username: str = field(repr=False)
    password: str | None = field(repr=False)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that carry it."""
        return {_USERNAME: self.username, _PASSWORD: self.password or ""}

    @property
    def settings(self) -> Sequence[str]:
        """The ``-c`` arguments: for this host our helper alone, since others would store what they hear."""
        key = f"credential.{self.host}.helper"
        return ["-c", f"{key}=", "-c", f"{key}={_HELPER}"]

    @property
    def question(self) -> bytes:
        """What to ask ``git credential fill`` for the password."""
        scheme, _, host = self.host.partition("://")
        return f"protocol={scheme}\nhost={host}\nusername={self.username}\n\n".encode()

    @property
    def secrets(self) -> Sequence[str]:
        """Every form in which a message could hold it."""
        pair = f"{self.username}:{self.password or ''}"
        forms = [b64encode(pair.encode()).decode(), self.password or self.username]
        return [form for form in forms if len(form) >= _SHORTEST_SECRET]


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return what git said without secrets, without logins in addresses, and without control characters."""
    for secret in secrets:
        text = text.replace(secret, "***")
    lines = _IN_ADDRESS.sub(r"\1", text).replace("\r", "\n").split("\n")
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines)
