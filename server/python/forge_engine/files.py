"""Files and folders that are either whole or absent, also after a power cut or a SIGKILL."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LITTER = ".tmp-"


def sync(path: Path) -> None:
    """Brings a file, or the entries of a folder, to the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder; NTFS journals its entries
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Removes what a killed writer left behind in `folder`."""
    for litter in folder.glob(f"{LITTER}*"):
        if litter.is_dir():
            shutil.rmtree(litter)
        else:
            litter.unlink()


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yields a temporary folder beside `target`; it becomes `target`, replacing it, if the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"{LITTER}{target.name}-", dir=target.parent))
    try:
        yield work
        work.chmod(0o755)  # mkdtemp makes 0700 and safetensors 0600: other users may have to read the result
        for file in work.rglob("*"):
            if file.is_file():
                file.chmod(0o644)
            sync(file)
        sync(work)
        if target.exists():
            aside = Path(tempfile.mkdtemp(prefix=f"{LITTER}old-", dir=target.parent))
            target.rename(aside / target.name)
            work.rename(target)
            shutil.rmtree(aside)
        else:
            work.rename(target)
        sync(target.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)  # already renamed when all went well


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Yields a temporary path beside `target`; it becomes `target`, replacing it, if the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    work = target.parent / f"{LITTER}{os.getpid()}-{target.name}"
    try:
        yield work
        work.chmod(0o644)
        sync(work)
        work.replace(target)
        sync(target.parent)
    finally:
        work.unlink(missing_ok=True)
