"""Uploads by our own rules: counted while they stream, named by us, checked before they are used.

A request that is too large is refused at that byte, and what follows is not kept. Until a file is
accepted it has no name on the disk, so that nothing is left of a request that breaks off.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator, AsyncIterable
from pathlib import Path

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from filmnet.web.file_kinds import check_upload, find_extension, safe_name
from filmnet.web.settings import Limits
from filmnet.web.texts import PageError
from filmnet.web.workspace import Workspace

_MEGABYTE = 1_000_000
_FORM_BYTES = 1_000_000
"""What the form may have around its files."""


async def receive_uploads(
    headers: Headers, stream: AsyncIterable[bytes], limits: Limits
) -> list[UploadFile]:
    """Read a form's files from the network.

    Raises:
        PageError: too much, too many, or no form.
    """
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > limits.upload_bytes + _FORM_BYTES:
        raise _too_large(limits)
    if not headers.get("content-type", "").startswith("multipart/form-data"):
        raise PageError("error_request")
    parser = MultiPartParser(
        headers, _counted(stream, limits), max_files=limits.files, max_fields=10
    )
    try:
        form = await parser.parse()
    except _TooLargeError as error:
        raise _too_large(limits) from error
    except MultiPartException as error:
        if "Too many files" in error.message:
            raise PageError("error_files", limit=limits.files) from error
        raise PageError("error_request") from error
    files = [item for _, item in form.multi_items() if isinstance(item, UploadFile)]
    if not files:
        raise PageError("error_request")
    return files


def keep_uploads(
    files: list[UploadFile], visitor: str, workspace: Workspace, limits: Limits
) -> list[Path]:
    """Check files, put them into folders of their visitor, and let go of them.

    Raises:
        PageError: one of them cannot be used; none is kept then.
    """
    kept: list[Path] = []
    try:
        kept.extend(_keep(file, visitor, workspace, limits) for file in files)
    except BaseException:
        for path in kept:
            shutil.rmtree(path.parent, ignore_errors=True)
        raise
    finally:
        for file in files:
            file.file.close()
    return kept


def _keep(file: UploadFile, visitor: str, workspace: Workspace, limits: Limits) -> Path:
    name = (file.filename or "file").replace("\\", "/").rsplit("/", 1)[-1][:80]
    start = file.file.read(64)
    extension = find_extension(start)
    if extension is None:
        raise PageError("error_kind", name=name)
    file.file.seek(0)
    folder = workspace.new_folder(visitor)
    path = folder / safe_name(name, extension)
    try:
        with path.open("xb") as target:
            shutil.copyfileobj(file.file, target, 1 << 20)
        path.chmod(0o600)
        check_upload(path, name, max_pixels=limits.pixels)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return path


class _TooLargeError(MultiPartException):
    """The form has more bytes than are allowed; the parser lets go of its files."""


async def _counted(stream: AsyncIterable[bytes], limits: Limits) -> AsyncGenerator[bytes, None]:
    """The form's bytes, as many as are allowed; errors are such that the parser tidies up."""
    received = 0
    try:
        async for chunk in stream:
            received += len(chunk)
            if received > limits.upload_bytes + _FORM_BYTES:
                raise _TooLargeError("too large")
            yield chunk
    except ClientDisconnect as error:
        raise MultiPartException("the client has gone") from error


def _too_large(limits: Limits) -> PageError:
    return PageError("error_upload", limit=f"{limits.upload_bytes / _MEGABYTE:g}")
