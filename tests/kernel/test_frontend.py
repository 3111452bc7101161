"""Fetching third-party files from an npm registry that runs here."""

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dangjian.kernel import frontend


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the parent's argument
        """Keep the test output clean."""


def tarball(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


class Registry:
    """A folder served as a registry, a lock file that names what is in it, and a place to install to."""

    def __init__(self, folder: Path) -> None:
        self.served, self.lock, self.root = folder / "served", folder / "lock.json", folder / "ui"
        self.served.mkdir()
        self.entries: list[dict[str, object]] = []

    def offer(self, name: str, data: bytes, *, version: str = "1.0.0", group: str = "main", files: tuple[str, ...]) -> None:
        path = self.served / name / "-" / f"{name.rpartition('/')[2]}-{version}.tgz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
        entry = {
            "name": name,
            "version": version,
            "integrity": integrity,
            "group": group,
            "into": f"static/{group}",
            "files": files,
        }
        self.entries = [*(each for each in self.entries if each["name"] != name), entry]
        self.lock.write_text(json.dumps({"packages": self.entries}))

    def fetch(self, *, dev: bool = False) -> list[str]:
        return frontend.fetch(dev=dev, lock=self.lock, root=self.root)

    def installed(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    registry = Registry(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(registry.served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setattr(frontend, "ATTEMPTS", 1)
    yield registry
    server.shutdown()
    server.server_close()


GOOD = {"package/dist/a.js": "a", "package/dist/b.js": "b", "package/LICENSE": "MIT", "package/src/c.js": "c"}


def test_brings_only_the_files_named_and_is_idempotent(registry: Registry) -> None:
    registry.offer("@scope/lib", tarball(GOOD), files=("dist/*.js", "LICENSE"))
    assert registry.fetch() == ["@scope/lib@1.0.0"]
    assert registry.installed() == {"static/main/a.js", "static/main/b.js", "static/main/LICENSE", "static/main/.locked"}
    assert registry.fetch() == []


def test_a_new_version_replaces_the_old_one(registry: Registry) -> None:
    registry.offer("lib", tarball(GOOD), files=("dist/*.js",))
    registry.fetch()
    registry.offer("lib", tarball({"package/dist/z.js": "z"}), version="2.0.0", files=("dist/*.js",))
    assert registry.fetch() == ["lib@2.0.0"]
    assert registry.installed() == {"static/main/z.js", "static/main/.locked"}


def test_a_lost_file_is_brought_again(registry: Registry) -> None:
    registry.offer("lib", tarball(GOOD), files=("LICENSE",))
    registry.fetch()
    (registry.root / "static/main/LICENSE").unlink()
    assert registry.fetch() == ["lib@1.0.0"]


def test_development_packages_come_only_when_asked_for(registry: Registry) -> None:
    registry.offer("lib", tarball(GOOD), files=("LICENSE",), group="dev")
    assert registry.fetch() == []
    assert registry.fetch(dev=True) == ["lib@1.0.0"]


def test_a_changed_tarball_is_refused_and_nothing_is_installed(registry: Registry) -> None:
    registry.offer("lib", tarball(GOOD), files=("LICENSE",))
    (registry.served / "lib/-/lib-1.0.0.tgz").write_bytes(tarball({"package/LICENSE": "changed"}))
    with pytest.raises(frontend.FetchError, match="校验值"):
        registry.fetch()
    assert registry.installed() == set()


@pytest.mark.parametrize("path", ["../evil.js", "/etc/evil.js", "package/../../evil.js"])
def test_a_path_outside_is_refused_and_nothing_is_installed(registry: Registry, path: str) -> None:
    registry.offer("lib", tarball({"package/LICENSE": "x", path: "evil"}), files=("LICENSE", "*evil.js"))
    with pytest.raises(frontend.FetchError, match="不安全的路径"):
        registry.fetch()
    assert registry.installed() == set()


def test_a_missing_file_is_refused(registry: Registry) -> None:
    registry.offer("lib", tarball(GOOD), files=("dist/none.js",))
    with pytest.raises(frontend.FetchError, match=r"dist/none\.js"):
        registry.fetch()
    assert registry.installed() == set()


def test_a_registry_out_of_reach_says_what_to_do(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.offer("lib", tarball(GOOD), files=("LICENSE",))
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:1")
    with pytest.raises(frontend.FetchError, match="NPM_CONFIG_REGISTRY"):
        registry.fetch()


def test_only_http_is_fetched(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.offer("lib", tarball(GOOD), files=("LICENSE",))
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", registry.served.as_uri())
    with pytest.raises(frontend.FetchError, match="https://"):
        registry.fetch()


def test_npmrc_names_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NPM_CONFIG_REGISTRY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".npmrc").write_text("audit=false\nregistry = https://npm.example.test/\n")
    assert frontend.registry() == "https://npm.example.test"


def test_the_lock_file_of_the_product_is_well_formed() -> None:
    for package in frontend.packages(dev=True):
        assert len(base64.b64decode(package.integrity.removeprefix("sha512-"))) == 64
        assert any("LICENSE" in pattern for pattern in package.files), package.name
