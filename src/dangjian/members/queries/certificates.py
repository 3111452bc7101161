"""The number of a member's 流动党员活动证, which one app records and the others read (``CertificateSource``)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dangjian.kernel.registry import offers
from dangjian.members.offers import ActivityCertificate, CertificateSource


@dataclass(frozen=True, slots=True)
class KnownCertificate:
    """A certificate that is on record, and where: 外出登记."""

    held: ActivityCertificate
    where: str


def certificates(member_ids: Collection[int], *, besides: str) -> Mapping[int, KnownCertificate]:
    """Certificates recorded elsewhere than in the app ``besides``, by member; one question for each of the others."""
    found: dict[int, KnownCertificate] = {}
    for source in offers(CertificateSource):
        if source.code != besides:
            found |= {pk: KnownCertificate(held, source.title) for pk, held in source.of(member_ids).items() if pk not in found}
    return found


def certificate_of(member_id: int, *, besides: str) -> KnownCertificate | None:
    """That of one member; ``None`` if no other app has one."""
    return certificates([member_id], besides=besides).get(member_id)
