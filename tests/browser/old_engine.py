"""Drives a Chromium that is too old for Playwright, which asks such an engine for things that it does not know yet.

The engine is spoken to in its own protocol (https://chromedevtools.github.io/devtools-protocol/) through a pair of pipes. A tab
can do what a person does: open an address, press what is seen, type, and look::

    with Engine.start(program) as engine:
        tab = engine.open("http://127.0.0.1:8000", width=390, height=844)
        tab.goto("/accounts/sign-in/")
        tab.fill("[name=username]", "zhibu")
        tab.press("button[type=submit]")
        tab.wait_for("document.title.startsWith('首页')")
"""

import base64
import json
import os
import select
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

SECONDS = 15.0

FIND = """((selector, text) => {
  const isSeen = (each) => each.getClientRects().length && each.innerText !== undefined;
  const seen = [...document.querySelectorAll(selector)].filter(isSeen);
  return seen.find((each) => !text || each.innerText.includes(text)) || null;
})"""
"""The first element of a selector that is seen and holds a text."""


class EngineError(AssertionError):
    """The engine refused what it was asked for, or what was waited for did not come."""


@dataclass
class Engine:
    """A running browser. It has one profile of its own, which goes with it."""

    process: subprocess.Popen[bytes]
    writes: int
    reads: int
    profile: tempfile.TemporaryDirectory[str]
    rest: bytes = b""
    last: int = 0
    tabs: dict[str, "Tab"] = field(default_factory=dict)

    @classmethod
    def start(cls, program: Path) -> Self:
        """Start the program without a window."""
        profile = tempfile.TemporaryDirectory(prefix="old-engine-")
        in_read, in_write = os.pipe()
        out_read, out_write = os.pipe()
        options = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=zh-CN",
            "--no-first-run", "--disable-background-networking", "--remote-debugging-pipe", f"--user-data-dir={profile.name}",
        ]  # fmt: skip
        # Chromium reads from the file descriptor 3 and writes to 4.
        command = ["bash", "-c", f'exec "$0" "$@" 3<&{in_read} 4>&{out_write}', str(program), *options, "about:blank"]
        process = subprocess.Popen(
            command,
            pass_fds=(in_read, out_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": profile.name},
        )
        os.close(in_read)
        os.close(out_write)
        return cls(process, in_write, out_read, profile)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        os.close(self.writes)
        os.close(self.reads)
        self.profile.cleanup()

    @property
    def version(self) -> str:
        """Such as ``HeadlessChrome/80.0.3987.0``."""
        return str(self.ask("Browser.getVersion")["product"])

    def open(self, base: str, *, width: int, height: int) -> "Tab":
        """A new tab; its addresses begin with ``base``. Narrow ones are phones that are touched."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self.tabs[session] = Tab(self, session, base, width, height)
        for domain in ("Page", "Runtime", "Log"):
            tab.ask(f"{domain}.enable")
        tab.resize(height)
        return tab

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Ask the engine, and return what it answers; events that come meanwhile go to their tabs."""
        self.last += 1
        number = self.last
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.writes, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            for answer in self._arrived(until):
                if answer.get("id") == number:
                    if "error" in answer:
                        raise EngineError(f"{method}: {answer['error']['message']}")
                    return dict(answer["result"])
        raise EngineError(f"{method}: no answer")

    def listen(self, seconds: float) -> None:
        """Let events arrive for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._arrived(until)

    def _arrived(self, until: float) -> list[dict[str, Any]]:
        if not select.select([self.reads], [], [], max(0.0, until - time.monotonic()))[0]:
            return []
        chunk = os.read(self.reads, 1 << 20)
        if not chunk:
            raise EngineError("the engine has gone")
        *whole, self.rest = (self.rest + chunk).split(b"\0")
        messages = [json.loads(each) for each in whole]
        for message in messages:
            if "method" in message and (tab := self.tabs.get(message.get("sessionId", ""))):
                tab.note(message["method"], message["params"])
        return messages


@dataclass
class Tab:
    """One page. ``problems`` holds what its scripts threw and what the content security policy refused."""

    engine: Engine
    session: str
    base: str
    width: int
    height: int
    loads: int = 0
    problems: list[str] = field(default_factory=list)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask about this tab."""
        return self.engine.ask(method, self.session, **parameters)

    def note(self, event: str, told: dict[str, Any]) -> None:
        """Take an event of this tab."""
        if event == "Page.loadEventFired":
            self.loads += 1
        elif event == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.problems.append(str(details.get("exception", {}).get("description") or details["text"]))
        elif (
            event == "Log.entryAdded" and told["entry"]["level"] == "error" and "Content Security Policy" in told["entry"]["text"]
        ):
            self.problems.append(str(told["entry"]["text"]))

    def resize(self, height: int) -> None:
        """Make the window as high as this."""
        phone = self.width < 800
        self.ask("Emulation.setDeviceMetricsOverride", width=self.width, height=height, deviceScaleFactor=1, mobile=phone)

    def goto(self, path: str) -> None:
        """Open an address and wait until it has loaded."""
        before = self.loads
        self.ask("Page.navigate", url=self.base + path)
        until = time.monotonic() + SECONDS
        while self.loads == before:
            if time.monotonic() > until:
                raise EngineError(f"{path} did not load")
            self.engine.listen(0.05)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript on the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise EngineError(str(answer["exceptionDetails"].get("exception", {}).get("description")))
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Wait until an expression is true on whatever page is open by then, and return its value."""
        until = time.monotonic() + SECONDS
        while True:
            try:
                if value := self.evaluate(expression):
                    return value
            except EngineError:  # the page is on its way to the next one
                if time.monotonic() > until:
                    raise
            if time.monotonic() > until:
                raise EngineError(f"{expression} on {self.evaluate('location.href')}")
            self.engine.listen(0.05)

    def sees(self, selector: str, text: str = "") -> bool:
        """Whether such an element is seen."""
        return bool(self.evaluate(f"!!{FIND}({json.dumps(selector)}, {json.dumps(text)})"))

    def wait_to_see(self, selector: str, text: str = "") -> None:
        """Wait until such an element is seen."""
        self.wait_for(f"!!{FIND}({json.dumps(selector)}, {json.dumps(text)})")

    def press(self, selector: str, text: str = "") -> None:
        """Press the middle of an element with the mouse; nothing may cover it."""
        self.wait_to_see(selector, text)
        place = self.evaluate(
            f"""(() => {{
              const element = {FIND}({json.dumps(selector)}, {json.dumps(text)});
              element.scrollIntoView({{block: "center"}});
              const box = element.getBoundingClientRect();
              const x = box.left + box.width / 2;
              const y = box.top + box.height / 2;
              const there = document.elementFromPoint(x, y);
              const isFree = there && (element.contains(there) || there.contains(element));
              return isFree ? {{x, y}} : {{covered: there ? there.outerHTML.slice(0, 200) : "nothing"}};
            }})()"""
        )
        if "covered" in place:
            raise EngineError(f"{selector} {text} is covered by {place['covered']}")
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=place["x"], y=place["y"], button="left", clickCount=1)

    def press_at(self, x: int, y: int) -> None:
        """Press a place of the window, whatever stands there."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def fill(self, selector: str, text: str) -> None:
        """Type a text in place of what a field holds."""
        self.press(selector)
        self.evaluate(f"{FIND}({json.dumps(selector)}, '').select()")
        self.ask("Input.insertText", text=text)

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Save what the page looks like, in its whole height."""
        if whole:
            self.resize(min(8000, max(self.height, int(self.evaluate("document.documentElement.scrollHeight")))))
            self.engine.listen(0.2)
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))
        self.resize(self.height)
