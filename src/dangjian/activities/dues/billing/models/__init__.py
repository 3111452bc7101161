"""Tables of what is owed and what was paid."""

from dangjian.activities.dues.billing.models.billing import AdjustmentReason, Bill, BillAdjustment, BranchMonth, MonthRun
from dangjian.activities.dues.billing.models.collecting import Payment, PaymentLine, PaymentMethod
from dangjian.activities.dues.billing.models.groups import GroupCollecting, Handover

__all__ = [
    "AdjustmentReason",
    "Bill",
    "BillAdjustment",
    "BranchMonth",
    "GroupCollecting",
    "Handover",
    "MonthRun",
    "Payment",
    "PaymentLine",
    "PaymentMethod",
]
