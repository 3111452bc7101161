"""What for personal data leaves the platform: stated by whoever takes it out, and said on what leaves."""

from typing import Final

from dangjian.kernel.errors import Invalid

LEAST: Final = 2
"""Letters of a purpose that says something."""

PRIVATE: Final = "含有个人信息，请按规定保管，用完及时删除，不得转发无关人员。"
"""Stands on every sheet with personal data."""


def stated(purpose: str, example: str) -> str:
    """The purpose without needless blanks. Raises ``Invalid`` in ``purpose`` if there is none to speak of, with an example."""
    found = " ".join(purpose.split())
    if len(found) < LEAST:
        raise Invalid("请写明导出的用途。", fields={"purpose": f"请写明用途，例如：{example}"})
    return found
