"""What is written in the demonstration at each step about somebody's standing. Everything in it is made up."""

TEXTS: dict[tuple[str, str], dict[str, object]] = {
    ("penalty", "propose"): {
        "kind": "probation_within_party",
        "conduct": "integrity",
        "facts": "经查，该同志违反廉洁纪律，收受虚构供应商礼金，已全部退交。",
    },
    ("penalty", "hear"): {"word": "事实属实，我认识到了错误，愿意接受组织处理。"},
    ("penalty", "decide"): {"kind": "probation_within_party", "months": 12, "document": "虚纪〔2026〕6号"},
    ("penalty", "tell"): {"note": "在支部党员大会上宣布，已告知可以申诉。"},
    ("correction", "propose"): {"facts": "今年以来多次无故不参加组织生活，谈话提醒两次没有改进。", "months": 6, "punished": "no"},
    ("correction", "hear"): {"word": "前段时间家里事情多，没有处理好，今后一定按时参加。"},
    ("correction", "check"): {"findings": "核对了会议记录和本人说明，情况属实。"},
    ("correction", "decide"): {"months": 6, "document": "虚委〔2026〕31号"},
    ("correction", "review"): {"note": "近两个月都按时到会，主动承担了支部的学习记录。"},
    ("removal", "propose"): {
        "kind": "persuaded",
        "conduct": "lax",
        "facts": "限期改正期满仍长期不参加组织生活、不交纳党费，经多次教育没有转变。",
        "punished": "no",
    },
    ("removal", "filing"): {},
    ("suspension", "propose"): {
        "why": "settled",
        "search": "向家属和原单位核实，本人已在国外长期定居，有家属的书面说明。",
    },
    ("suspension", "decide"): {"document": "虚委〔2026〕18号"},
    ("deceased", "register"): {"note": "因病去世。"},
}
