"""What a shift is, and when whoever works in it cannot come to a meeting. Pure functions."""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone

APART = "、"
NIGHT_UNTIL = dt.time(5)
"""Whoever works between midnight and this time was up all night."""
DAY = dt.timedelta(days=1)
Times = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift: ``writings`` are the words that plans have for it beside its title; without times it is a day off."""

    title: str
    writings: tuple[str, ...] = ()
    starts: dt.time | None = None
    ends: dt.time | None = None

    @property
    def is_rest(self) -> bool:
        """Whether it is a day off."""
        return self.starts is None or self.ends is None

    @property
    def hours(self) -> str:
        """Its times as people read them: 08:00–16:00."""
        if self.starts is None or self.ends is None:
            return "休息"
        return f"{self.starts:%H:%M}–{'次日' if self.ends_next_day else ''}{self.ends:%H:%M}".replace("–00:00", "–24:00")

    def on(self, day: dt.date) -> Times | None:
        """From when to when it lasts that begins on ``day``; ``None`` of a day off."""
        if self.starts is None or self.ends is None:
            return None
        begin, end = dt.datetime.combine(day, self.starts), dt.datetime.combine(day, self.ends)
        return timezone.make_aware(begin), timezone.make_aware(end if end > begin else end + DAY)

    @property
    def ends_next_day(self) -> bool:
        """Whether it goes on past midnight."""
        return self.starts is not None and self.ends is not None and self.ends <= self.starts and self.ends != dt.time()

    @property
    def is_night(self) -> bool:
        """Whether it takes in some of the time from midnight to five in the morning."""
        return not self.is_rest and (self.ends_next_day or (self.starts or NIGHT_UNTIL) < NIGHT_UNTIL)

    def busy(self, day: dt.date, rest: dt.timedelta) -> Times | None:
        """When nobody in it is to be asked for anything else: while it lasts, and after a night for ``rest`` more."""
        times = self.on(day)
        return (times[0], times[1] + rest) if times and self.is_night else times


DEFAULTS = (
    Shift("早班", ("早",), dt.time(8), dt.time(16)),
    Shift("中班", ("中",), dt.time(16), dt.time(0)),
    Shift("夜班", ("夜", "晚", "晚班"), dt.time(0), dt.time(8)),
    Shift("白班", ("白", "常白班", "长白班", "日班"), dt.time(8, 30), dt.time(17, 30)),
    Shift("休", ("休息", "轮休", "休班", "公休", "○")),
)
"""What holds where nobody has set anything."""


def folded(word: str) -> str:
    """A word of a plan as it is compared."""
    return "".join(unicodedata.normalize("NFKC", word).split()).upper()


def by_word(shifts: Iterable[Shift]) -> Mapping[str, Shift]:
    """Shifts by all words that plans have for them; a title goes before another shift's further writing."""
    found: dict[str, Shift] = {}
    known = list(shifts)
    for shift in known:
        found.setdefault(folded(shift.title), shift)
    for shift in known:
        for word in shift.writings:
            found.setdefault(folded(word), shift)
    return found
