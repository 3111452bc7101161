"""CPU of the most used pages beside a bare signed-in page, and how many of them 64 phones get a second.

The reference enterprise on PostgreSQL. CPU is that of this process alone, the median of several visits after the first ones, so
that other work on the machine hardly counts. The aims are those of the start page.
"""

import statistics
import sys
import time

from bench import ground
from bench.bench_check_in import _signed_in

PORT = 8393
VISITS, WARM, PHONES, ROUNDS = 25, 4, 64, 6
PAGES = {
    "bare page": ("dangyuan", "/bench/page/", None),
    "start page of a member": ("dangyuan", "/", 40),
    "start page of the office": ("dangwei", "/", 60),
    "start page of a secretary": ("zhibu", "/", None),
    "list of members": ("dangwei", "/members/", None),
    "meetings of a branch": ("zhibu", "/meetings/", None),
    "own meetings": ("dangyuan", "/meetings/mine/", None),
}
"""Who visits what, and the aim in milliseconds of CPU."""


def main() -> None:
    """Print each page's CPU and its multiple of the bare page; then the rates under load."""
    ground.database("bench_pages")
    from django.core.management import call_command

    call_command("demo", verbosity=0)
    found = _cpu()
    bare, missed = found["bare page"], False
    for name, milliseconds in found.items():
        aim = PAGES[name][2]
        missed = missed or (aim is not None and milliseconds > aim)
        wanted = f"(aim <= {aim} ms)" if aim else ""
        print(f"  {name:28} {milliseconds:6.1f} ms CPU   {milliseconds / bare:4.1f} x bare   {wanted}")
    _load()
    sys.exit(1 if missed else 0)


def _cpu() -> dict[str, float]:
    """Milliseconds of CPU for one visit to each page.

    The pages take turns, so that whatever else goes on in the machine's processor falls on all of them.
    """
    from django.test import Client

    from dangjian.accounts.models import User

    clients = {}
    for username in {username for username, _, _ in PAGES.values()}:
        clients[username] = Client(headers={"host": "127.0.0.1"})
        clients[username].force_login(User.objects.get(username=username), backend="dangjian.accounts.backends.AccountBackend")
    taken: dict[str, list[float]] = {name: [] for name in PAGES}
    for visit in range(WARM + VISITS):
        for name, (username, address, _) in PAGES.items():
            begun = time.process_time()
            answer = clients[username].get(address)
            if visit >= WARM:
                taken[name].append((time.process_time() - begun) * 1000)
            assert answer.status_code == 200, f"{address} answered {answer.status_code}"
    return {name: statistics.median(each) for name, each in taken.items()}


def _load() -> None:
    from dangjian.accounts.models import User

    cookies = {user.username: _signed_in(user) for user in User.objects.filter(is_demo=True)}

    def asked(name: str) -> bytes:
        username, address, _ = PAGES[name]
        return f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={cookies[username]}\r\n\r\n".encode()

    bare = [asked("bare page")] * PHONES * ROUNDS
    mixed = [asked(name) for name in PAGES if name != "bare page"] * PHONES
    with ground.served(PORT):
        ground.press(PORT, bare[:PHONES], PHONES)
        plain, load = ground.press(PORT, bare, PHONES), ground.press(PORT, mixed, PHONES)
    print(
        f"  {PHONES} phones: bare page {plain.rate:.0f}/s, mixed pages {load.rate:.0f}/s ({load.rate / plain.rate:.0%})   "
        f"p50 {load.percentile(0.5):.0f} ms  p99 {load.percentile(0.99):.0f} ms   answers {load.statuses}"
    )


if __name__ == "__main__":
    main()
