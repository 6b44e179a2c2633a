"""Fetching a file over HTTP: resumed where it was cut, checked, then put in place at once.

What has arrived lies in `NAME.part`, and in `NAME.part.tag` the server's mark of the file's
version (ETag, else its date). A later attempt asks for the rest of that very version; a server
that has another one, or that cannot send parts, sends the whole file, and it starts afresh.
Two processes never write to the same part: the second is told that the first is at it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from filmnet import __version__
from filmnet.errors import WeightsError
from filmnet.weights.lock import only_process

TIMEOUT_SECONDS = 30.0
CHUNK_BYTES = 1 << 18
NOT_SATISFIABLE = 416
PARTIAL_CONTENT = 206


def download(
    url: str, target: Path, *, sha256: str | None = None, timeout: float = TIMEOUT_SECONDS
) -> str:
    """Fetch `url` into `target`; shows a progress bar on a terminal.

    Args:
        url: of the file.
        target: takes its final name when complete; its folder is made.
        sha256: what the file must have, where it is known.
        timeout: seconds without an answer after which it gives up.

    Returns:
        The file's sha256.

    Raises:
        WeightsError: no connection, no such file, a transfer that was cut, a full disk, another
            sha256, or another process that downloads the same. What has arrived is kept for the
            next attempt, unless it is of no use.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with only_process(part, f"downloading {url}"):
            with _transfer(url, part, timeout) as (response, start):
                _receive(response, part, start, url)
            return _put_in_place(url, part, target, sha256)
    except HTTPError as error:
        raise WeightsError(f"{url}: the server answers {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise WeightsError(_silence(url, timeout)) from error
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise WeightsError(_silence(url, timeout)) from error
        raise WeightsError(f"{url}: no connection ({error.reason})") from error
    except (http.client.HTTPException, ConnectionError, ssl.SSLError) as error:
        raise WeightsError(f"{url}: the connection was cut; try again to resume it") from error
    except OSError as error:
        what = "the disk is full" if error.errno == errno.ENOSPC else str(error)
        raise WeightsError(f"{target} cannot be written: {what}") from error


@contextlib.contextmanager
def _transfer(
    url: str, part: Path, timeout: float
) -> Iterator[tuple[http.client.HTTPResponse, int]]:
    """The server's answer, and from which byte on it holds the file."""
    have = part.stat().st_size if part.is_file() and _tag(part).is_file() else 0
    headers = {"User-Agent": f"filmnet/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": _tag(part).read_text()}
    try:
        response = _open(Request(url, headers=headers), timeout)  # noqa: S310
    except HTTPError as error:
        if error.code != NOT_SATISFIABLE or not have:
            raise
        error.close()
        _discard(part)
        with _transfer(url, part, timeout) as whole:
            yield whole
        return
    with response:
        yield response, have if _continues(response, have) else 0


def _open(request: Request, timeout: float) -> http.client.HTTPResponse:
    """The answer to a request, redirects followed."""
    # The registry's addresses are https; tests use a server of their own.
    response = urlopen(request, timeout=timeout)  # noqa: S310
    return cast(http.client.HTTPResponse, response)


def _continues(response: http.client.HTTPResponse, have: int) -> bool:
    """Whether the answer is the rest of what we have."""
    content_range = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return (
        response.status == PARTIAL_CONTENT
        and content_range is not None
        and int(content_range[1]) == have
    )


def _receive(response: http.client.HTTPResponse, part: Path, start: int, url: str) -> None:
    """Append what the server sends to the part."""
    if response.status == PARTIAL_CONTENT and not start:
        _discard(part)
        raise http.client.HTTPException("the server sent another part than asked")
    version = response.headers.get("ETag") or response.headers.get("Last-Modified")
    if not start:
        _discard(part)
        if version and not version.startswith("W/"):
            _tag(part).write_text(version)
    length = response.headers.get("Content-Length")
    total = start + int(length) if length else None
    done = start
    with part.open("ab" if start else "wb") as file, _progress_bar() as bar:
        task = bar.add_task(url.rsplit("/", 1)[-1], total=total, completed=start)
        while chunk := response.read(CHUNK_BYTES):
            file.write(chunk)
            done += len(chunk)
            bar.update(task, completed=done)
    if total is not None and done < total:
        raise http.client.IncompleteRead(b"", total - done)


def _put_in_place(url: str, part: Path, target: Path, sha256: str | None) -> str:
    """Check the complete part and give it its name."""
    digest = hashlib.sha256()
    with part.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    found = digest.hexdigest()
    if sha256 is not None and found != sha256:
        _discard(part)
        raise WeightsError(
            f"{url} was damaged on the way or is another file than expected "
            f"(sha256 {found}, not {sha256}) and was removed; try again"
        )
    part.replace(target)
    _discard(part)
    return found


def _tag(part: Path) -> Path:
    return part.with_name(part.name + ".tag")


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag(part).unlink(missing_ok=True)


def _silence(url: str, timeout: float) -> str:
    return f"{url}: the server was silent for {timeout:g} s; try again to resume it"


def _progress_bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
