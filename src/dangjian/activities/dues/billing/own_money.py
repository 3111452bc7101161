"""Whose money may be taken as dues: the member's own. Pure functions over what a line or a form says.

The organisation neither pays for a member nor deducts from their pay (``dues.forbidden``, article 14). A name tells whether
the payer is a unit; a payment service that passes on what a person paid is none in this sense.
"""

import re
from typing import Final

from dangjian.kernel.names import clean, fold

_UNIT: Final = re.compile("公司|党支部|党总支|党委|工会委员会|财务部|财务科|财务处")
"""What no name of a person contains."""
_LONG_UNIT: Final = re.compile(
    "集团|企业|工厂|中心|银行|医院|学校|大学|学院|研究院|研究所|设计院|委员会|支部|工会|协会|学会|基金会|合作社|事务所|经营部|商店|商行|"
    "门市部|工作室|管理站|服务站|车间|人力资源|项目部|(?:厂|矿|局|厅|处|科|部|室|站|店|段|队)$"
)
"""What a long name contains that is no person's; a person may be called 张学会 or 王科."""
_LEAST_LONG: Final = 5
_ORGANISATION: Final = re.compile("党支部|党总支|党委|委员会$")
_PASSED_ON: Final = re.compile(
    "支付宝|财付通|微信|银联|网银在线|快钱|拉卡拉|京东支付|翼支付|第三方支付|备付金|支付科技|支付有限|网络支付"
)
"""Services that pass on what a person paid."""
_DEDUCTED: Final = re.compile("代扣|扣缴|扣党费|工资扣|工资中扣|工资里扣|从工资|公司代[交缴]|单位代[交缴]|统一代[交缴]")
"""Words of a remark that say the money was deducted, or paid by the unit."""


def is_unit(name: str) -> bool:
    """Whether a payer's name is that of a unit: not a person, nor a service that passes on what a person paid."""
    written = fold(name)
    if _PASSED_ON.search(written) or "·" in clean(name):
        return False
    return bool(_UNIT.search(written) or (len(written) >= _LEAST_LONG and _LONG_UNIT.search(written)))


def is_deducted(remark: str) -> bool:
    """Whether a remark says that the money was deducted from pay or paid by the unit."""
    return bool(_DEDUCTED.search("".join(remark.split())))


def suspected(payer: str, remark: str) -> str:
    """Why a line does not look like the member's own money; empty if it does."""
    if _ORGANISATION.search(payer):
        return f"付款方“{payer[:40]}”是党组织：下级上缴的党费不是党员的交纳；党组织不得代替党员交纳党费。"
    if is_unit(payer):
        return f"付款方“{payer[:40]}”是单位，不是党员本人：党组织不得代替党员交纳党费，也不得从工资中扣缴。"
    if is_deducted(remark):
        return "附言写明是从工资中扣缴或者由单位代交的：党费不得从党员工资中扣缴。"
    return ""
