"""Where Django finds the tables of dues; each is named by the package it belongs to, and nobody imports it from here.

Money is in 分, an integer, wherever a name ends in ``_fen``; a month is its first day.
"""

from dangjian.activities.dues.assessment import models as assessment
from dangjian.activities.dues.billing import models as billing
from dangjian.activities.dues.ledger import models as ledger
from dangjian.activities.dues.oversight import models as oversight
from dangjian.activities.dues.payments import models as payments

__all__ = ["assessment", "billing", "ledger", "oversight", "payments"]
