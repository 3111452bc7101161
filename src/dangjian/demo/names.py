"""Names that nobody bears: old double surnames with given names from seasons, stars and weather."""

from random import Random

SURNAMES = [
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "慕容",
    "东方",
    "南宫",
    "令狐",
    "百里",
    "东郭",
    "西门",
    "公孙",
    "皇甫",
    "尉迟",
    "澹台",
    "端木",
    "轩辕",
    "夏侯",
    "长孙",
    "宇文",
    "闻人",
    "钟离",
    "呼延",
    "独孤",
    "申屠",
    "太史",
    "濮阳",
    "公冶",
    "宗政",
    "司徒",
    "司空",
    "子车",
    "颛孙",
    "赫连",
    "鲜于",
    "仲孙",
]
GIVEN = [
    "立春",
    "雨水",
    "惊蛰",
    "春分",
    "清明",
    "谷雨",
    "立夏",
    "小满",
    "芒种",
    "夏至",
    "小暑",
    "大暑",
    "立秋",
    "处暑",
    "白露",
    "秋分",
    "寒露",
    "霜降",
    "立冬",
    "小雪",
    "大雪",
    "冬至",
    "小寒",
    "大寒",
    "北斗",
    "启明",
    "长庚",
    "织女",
    "牵牛",
    "天枢",
    "天璇",
    "天玑",
    "玉衡",
    "开阳",
    "摇光",
    "朝霞",
    "晚晴",
    "清风",
    "明月",
    "松涛",
    "竹韵",
    "兰亭",
    "梅岭",
    "菊泉",
    "远山",
    "长河",
    "沧海",
    "云岭",
    "星野",
    "晨曦",
    "暮云",
    "新雨",
    "晴川",
    "秋水",
    "春山",
    "南风",
    "北辰",
    "东篱",
    "西岭",
    "青禾",
]


def people(random: Random) -> "list[str]":
    """Every surname with every given name, shuffled: 2,160 names, none twice."""
    found = everybody()
    random.shuffle(found)
    return found


def everybody() -> "list[str]":
    """Every surname with every given name, in their order."""
    return [surname + given for surname in SURNAMES for given in GIVEN]


COMPANY = "星河重工集团"
UNITS = [
    "总部机关",
    "铸造事业部",
    "锻压事业部",
    "机加事业部",
    "装配事业部",
    "动力事业部",
    "热处理事业部",
    "质量中心",
    "研发中心",
    "采购中心",
    "营销中心",
    "物流港口公司",
    "检修公司",
    "后勤服务公司",
]
SITES = ("总部", "东厂区", "西厂区", "港口基地", "山北基地")
SHIFTS = ("常白班", "甲班", "乙班", "丙班", "丁班")
SECTIONS = ["综合", "工艺", "生产一", "生产二", "设备", "安全环保", "技术", "调度", "试验"]
SCHOOLS = ("虚构理工大学", "星河职业技术学院", "长庚大学", "北斗工业学校", "摇光师范学院")
MAJORS = ("机械设计制造及其自动化", "电气工程", "材料成型", "会计学", "计算机应用", "安全工程", "工商管理", "焊接技术")
