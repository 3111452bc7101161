"""Third-party front-end files: pinned in ``frontend.lock.json``, fetched once, never committed.

``fetch()`` brings every package of the lock file into ``kernel/ui/`` and returns the names of those it had to download;
a second call finds everything in place and returns ``[]`` within milliseconds. Each tarball must match its sha512.

The npm registry is taken from ``NPM_CONFIG_REGISTRY``, then from ``.npmrc`` in the working or home directory, then from
the default of ``hatch-npm-vendor``. On an isolated network point the variable at the internal mirror.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dangjian.kernel import environment

LOCK = Path(__file__).with_name("frontend.lock.json")
ROOT = Path(__file__).with_name("ui")
STAMP = ".locked"
ATTEMPTS = 4
TIMEOUT_SECONDS = 60


class FetchError(Exception):
    """A package could not be brought in; the message tells the administrator what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    """One entry of the lock file. ``files`` are glob patterns inside the tarball; they land flat in ``into``."""

    name: str
    version: str
    integrity: str
    group: str
    into: str
    files: tuple[str, ...]

    @classmethod
    def read(cls, entry: dict[str, Any]) -> Package:
        """One entry of the lock file as an object."""
        return cls(**{**entry, "files": tuple(entry["files"])})

    @property
    def stamp(self) -> str:
        """What is written beside installed files, to know them again."""
        return json.dumps([self.name, self.version, self.integrity, self.files])

    def path_on_registry(self) -> str:
        """Where every npm registry keeps the tarball, below its base address."""
        return f"{self.name}/-/{self.name.rpartition('/')[2]}-{self.version}.tgz"

    def is_complete(self, root: Path) -> bool:
        """Whether the files of exactly this version are in place."""
        target = root / self.into
        stamp = target / STAMP
        if not stamp.is_file() or stamp.read_text("utf-8") != self.stamp:
            return False
        plain = [PurePosixPath(pattern).name for pattern in self.files if "*" not in pattern]
        return all((target / name).is_file() for name in plain)


def packages(*, dev: bool = False, lock: Path = LOCK) -> list[Package]:
    """The packages of the lock file; those of the ``dev`` group only when asked for."""
    entries = json.loads(lock.read_text("utf-8"))["packages"]
    found = [Package.read(entry) for entry in entries]
    return [package for package in found if dev or package.group == "main"]


def fetch(*, dev: bool = False, lock: Path = LOCK, root: Path = ROOT) -> list[str]:
    """Bring in what is missing; return ``name@version`` of each package that was downloaded. Raises ``FetchError``."""
    fetched: list[str] = []
    for package in packages(dev=dev, lock=lock):
        if package.is_complete(root):
            continue
        data = _download(f"{registry()}/{package.path_on_registry()}")
        _verify(package, data)
        _install(package, data, root)
        fetched.append(f"{package.name}@{package.version}")
    return fetched


def registry() -> str:
    """Base address of the npm registry, without a slash at its end."""
    return (environment.NPM_CONFIG_REGISTRY.value or _registry_of_npmrc() or _default_registry()).rstrip("/")


def _registry_of_npmrc() -> str | None:
    for folder in (Path.cwd(), Path.home()):
        npmrc = folder / ".npmrc"
        if not npmrc.is_file():
            continue
        for line in npmrc.read_text("utf-8", "replace").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "registry" and value.strip():
                return value.strip()
    return None


def _default_registry() -> str:
    try:
        from hatch_npm_vendor.plugin import DEFAULT_REGISTRY  # noqa: PLC0415 - whoever has the files, or names a mirror, needs no build tools
    except ImportError as error:
        raise FetchError(
            "不知道从哪里下载前端文件：请设置环境变量 NPM_CONFIG_REGISTRY（npm 源地址），或安装 hatch-npm-vendor 后重试。\n"
            "No npm registry is known: set NPM_CONFIG_REGISTRY, or install hatch-npm-vendor."
        ) from error
    return str(DEFAULT_REGISTRY)


def _download(url: str) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise FetchError(f"npm 源地址必须以 https:// 或 http:// 开头：{url}")
    for attempt in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - scheme checked above
                return bytes(response.read())
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise FetchError(_unreachable(url, error)) from error
            last: Exception = error
        except OSError as error:
            last = error
        if attempt + 1 < ATTEMPTS:
            time.sleep(0.5 * 2**attempt)
    raise FetchError(_unreachable(url, last)) from last


def _unreachable(url: str, error: Exception) -> str:
    return (
        f"无法下载前端文件 {url}（{error}）。请检查网络；内网请用环境变量 NPM_CONFIG_REGISTRY 指向单位内部的 npm 镜像。\n"
        f"Cannot download front-end files. Check the network, or point NPM_CONFIG_REGISTRY at an internal npm mirror."
    )


def _verify(package: Package, data: bytes) -> None:
    algorithm, _, expected = package.integrity.partition("-")
    if algorithm != "sha512" or hashlib.sha512(data).digest() != base64.b64decode(expected):
        raise FetchError(
            f"{package.name}@{package.version} 的校验值与 frontend.lock.json 不符，已放弃安装（文件可能被改动或镜像有误）。\n"
            f"The sha512 of {package.name}@{package.version} does not match the lock file; nothing was installed."
        )


def _install(package: Package, data: bytes, root: Path) -> None:
    target = root / package.into
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".fetch-", dir=target.parent))
    try:
        _unpack(package, data, fresh)
        (fresh / STAMP).write_text(package.stamp, "utf-8")
        fresh.chmod(0o755)
        _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _unpack(package: Package, data: bytes, folder: Path) -> None:
    found: set[str] = set()
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts:
                raise FetchError(f"{package.name}: 压缩包内有不安全的路径 {member.name}")
            inside = "/".join(path.parts[1:])
            pattern = next((p for p in package.files if fnmatch.fnmatchcase(inside, p)), None)
            source = archive.extractfile(member) if pattern and member.isfile() else None
            if pattern is None or source is None:
                continue
            found.add(pattern)
            (folder / path.name).write_bytes(source.read())
    if missing := set(package.files) - found:
        raise FetchError(f"{package.name}@{package.version} 中没有找到 {'、'.join(sorted(missing))}")


def _swap(fresh: Path, target: Path) -> None:
    # A folder cannot replace a non-empty one in one step, so the old one steps aside first.
    aside = target.with_name(f".old-{target.name}-{os.getpid()}")
    if target.exists():
        target.rename(aside)
    try:
        fresh.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
