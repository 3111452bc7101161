"""What people of the demonstration write and say when a step is taken."""

from collections.abc import Mapping

from dangjian.engines.procedures.definition import Step

CHOSEN = {"kind": "members", "attitude": "good", "work": "good", "life": "fair", "face_to_face": "yes", "leaving": "no"}
NUMBERS = {"days": "3", "hours": "24"}

TEXTS: Mapping[str, tuple[str, ...]] = {
    "talker": ("组织委员", "支部书记", "副书记"),
    "content": (
        "本人是一线工人，师傅是党员，想跟着师傅学；对党的认识比较朴素，入党动机端正。",
        "毕业进厂三年，参加过抢修突击队，认识到党员关键时刻要站出来。",
        "本人介绍了家庭和工作情况，表示愿意接受党组织的培养和考察。",
    ),
    "opinion": (
        "工作踏实，团结同事，同意。",
        "在降本增效工作中表现突出，群众反映好，同意。",
        "能按时参加组织活动，学习认真，建议继续培养。",
        "材料齐全，手续完备。",
    ),
    "places": ("车间公告栏和班组微信群", "公司公告栏"),
    "result": ("公示期间没有收到不同意见。", "公示期间收到一条意见，经核实不影响入党。"),
    "conclusion": ("本人政治历史清楚，直系亲属没有问题，政治审查合格。",),
    "place": ("虚构集团党校", "虚构集团培训中心"),
    "where": ("人力资源部人事档案室",),
    "why": ("原培养联系人调到其他厂区。",),
}


def filled(step: Step, number: int, **chosen: object) -> dict[str, object]:
    """What somebody fills in at a step; the ``number`` of the person varies the words."""
    found: dict[str, object] = {}
    for one in step.entry:
        if one.code in chosen:
            found[one.code] = chosen[one.code]
        elif one.code in CHOSEN and one.kind in {"choice", "yes_no"}:
            found[one.code] = CHOSEN[one.code]
        elif one.kind == "number" and one.required:
            found[one.code] = NUMBERS[one.code]
        elif one.required or one.code == "content":
            texts = TEXTS[one.code]
            found[one.code] = texts[number % len(texts)]
    return found
