"""How much memory the photos of one paper take while they become one PDF, and how long that takes beside reading them alone.

    python -m bench.bench_photos        # fifty photos of 30 MB and 48 million points, as a phone makes them

The photos are noise and show nothing. They are put together in a process of its own, so that its peak of memory is its own.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from PIL import Image

PHOTOS = 50
SIZE = (8000, 6000)
LEAST_BYTES = 30 * 1024 * 1024
MOST_MEMORY = 250
MOST_RATIO = 2.0
TURNS = range(1, 9)
"""The ways in which a phone can have been held: the same photo makes another page with each of them."""


def photo(dots: Image.Image, turn: int) -> bytes:
    """One photo."""
    held = Image.Exif()
    held[0x0112] = turn
    out = io.BytesIO()
    dots.save(out, "JPEG", quality=92, exif=held)
    return out.getvalue()


def photos() -> Iterator[bytes]:
    """All of them, no two of which are the same."""
    while True:
        dots = Image.merge("RGB", [Image.effect_noise(SIZE, 30) for _ in range(3)])
        yield from (photo(dots, turn) for turn in TURNS)


def read(folder: str) -> None:
    """Put the photos in ``folder`` together, and print what it took."""
    from dangjian.kernel import pdf, pictures

    files = sorted(Path(folder).iterdir())
    begin = time.perf_counter()
    scan = pdf.with_pages(b"", (pictures.page(file.read_bytes()) for file in files))
    seconds = time.perf_counter() - begin
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    begin = time.perf_counter()
    for file in files:
        with Image.open(file) as picture:
            picture.load()
    alone = time.perf_counter() - begin
    figures = {
        "pages": pdf.pages_in(scan),
        "memory": int(peak.split()[1]) // 1024,
        "seconds": round(seconds, 1),
        "ratio": round(seconds / alone, 2),
        "size": round(len(scan) / 1024 / 1024, 1),
    }
    print(json.dumps(figures))


def main() -> int:
    """Measure; 1 if an aim is missed."""
    with tempfile.TemporaryDirectory() as folder:
        for number, content in enumerate(islice(photos(), PHOTOS)):
            assert len(content) >= LEAST_BYTES, len(content)
            Path(folder, f"{number:02}.jpg").write_bytes(content)
        said = subprocess.run([sys.executable, "-m", "bench.bench_photos", folder], capture_output=True, text=True, check=True)
    found = json.loads(said.stdout)
    print(f"{found['pages']} photos of {LEAST_BYTES // 1024 // 1024} MB and more: a PDF of {found['size']} MB")
    print(f"memory {found['memory']} MB (aim < {MOST_MEMORY})")
    print(f"{found['seconds']} s, {found['ratio']} of reading them (aim < {MOST_RATIO})")
    return int(found["pages"] != PHOTOS or found["memory"] >= MOST_MEMORY or found["ratio"] >= MOST_RATIO)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        read(sys.argv[1])
    else:
        raise SystemExit(main())
