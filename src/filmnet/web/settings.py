"""What the page may be told: where to listen, whom to let in, how much to take on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from filmnet.errors import InputError
from filmnet.jobs.network import NetworkOptions

HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one visitor may ask for; each has a sentence of its own on the page."""

    upload_bytes: int = 1_000_000_000
    """Of one upload, all its files together."""

    pixels: int = 50_000_000
    """Of a photo, or of a video's frame."""

    frames: int = 3000
    """Of what is made."""

    minutes: float = 60.0
    """That one job may compute."""

    files: int = 50
    """Of one upload, and photos of one video."""

    queue: int = 20
    """Jobs that wait; a further one is refused."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise InputError(f"the limit of {name} is {value}, but has to be above 0")


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """How the page is served."""

    host: str = "127.0.0.1"
    port: int = 7860
    accounts: tuple[tuple[str, str], ...] = ()
    """User and password of those who may come in; nobody is asked if there are none."""

    root_path: str = ""
    """The path under which a proxy shows the page, such as /film."""

    share: bool = False
    """Whether Gradio's public tunnel is opened."""

    folder: Path | None = None
    """Where visitors' files lie while they are needed; by default the system's temporary folder."""

    keep_seconds: float = HOUR
    """How long they are kept."""

    limits: Limits = field(default_factory=Limits)
    network: NetworkOptions = field(default_factory=NetworkOptions)


def parse_account(text: str) -> tuple[str, str]:
    """`user:password` as a pair; the password may hold further colons.

    Raises:
        InputError: no colon, or one of the two is empty.
    """
    user, colon, password = text.partition(":")
    if not (colon and user and password):
        raise InputError("an account is written user:password, both not empty")
    return user, password


def read_accounts(path: Path) -> list[tuple[str, str]]:
    """Accounts from a file, one `user:password` per line; empty lines and # lines are left out.

    Raises:
        InputError: a file that cannot be read, or a line that is no account.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: the accounts cannot be read ({error})") from error
    accounts = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            try:
                accounts.append(parse_account(line.strip()))
            except InputError as error:
                raise InputError(f"{path}, line {number}: {error}") from error
    if not accounts:
        raise InputError(f"{path}: there is no account in this file; write user:password lines")
    return accounts
