"""Names to sign in with: somebody's own name in pinyin, with a number behind it where another has it already."""

from collections.abc import Sequence

from dangjian.accounts.models import User
from dangjian.kernel.pinyin import letters

LONGEST = 50


def free_usernames(names: Sequence[str]) -> list[str]:
    """A name to sign in with for each of ``names``, none of which anybody has yet."""
    bases = [letters(name)[:LONGEST] or "member" for name in names]
    rows = User.objects.order_by().values_list("username", flat=True)
    # Of very many, all names that are taken are read at once; a condition for each would be looked through for each account.
    taken = set(rows.filter(username__startswith=bases[0]) if len(bases) == 1 else rows)
    last: dict[str, int] = {}
    found = []
    for base in bases:
        number, name = last.get(base, 0), ""
        while not name or name in taken:
            number += 1
            name = base if number == 1 else f"{base}{number}"
        last[base] = number
        taken.add(name)
        found.append(name)
    return found
