"""The forms, in the order of the steps. Their codes are those of the papers in the procedure's file."""

from typing import Final

from dangjian.activities.development.documents.shapes import Form, Listing, box, row

NO_DAY: Final = "＿＿＿＿年＿＿月＿＿日"
SEALED: Final = f"（签字、盖章）　　{NO_DAY}"
SIGNED: Final = f"签字：＿＿＿＿＿＿　　{NO_DAY}"
FROM_BRANCH: Final = ("{branch}（盖章）", NO_DAY)
FROM_COMMITTEE: Final = ("{committee}（盖章）", NO_DAY)
RULES: Final = "《中国共产党发展党员工作细则》"

PERSON: Final = (
    row("姓名", "{name}", "性别", "{sex}"),
    row("出生年月", "{birth}", "民族", "{ethnicity}"),
    row("学历", "{education}", "籍贯", "{native_place}"),
    row("所在部门", "{unit}", "岗位职务", "{job}"),
    row("参加工作", "{work_started}", "共青团员", "{league}"),
)
INTRODUCED: Final = "{name}，{sex}，{ethnicity}，{birth}出生，{education}学历，在{unit}任{job}。"
REVIEWS: Final = Listing(
    "r in reviews",
    ("考察日期", "考察人", "表现和意见", "签字"),
    ("r.day", "r.who", "r.opinion", "r.sign"),
    (3.2, 2.6, 8.0, 2.4),
    height=1.4,
)

FORMS: Final = (
    Form(
        "talk_record",
        "入党申请谈话记录",
        rows=(
            *PERSON,
            row("申请日期", "{apply.day}", "谈话日期", "{talk.day}"),
            row("谈话人", "{talk.talker}", "谈话地点", ""),
            box("谈话内容", "{talk.content}", 8),
            box("谈话人意见", "", 2.5, SIGNED),
            box("申请人核对", "以上记录属实。", 1.8, SIGNED),
        ),
    ),
    Form(
        "recommendation",
        "入党积极分子推荐（推优）表",
        rows=(
            *PERSON,
            row("申请日期", "{apply.day}", "推荐方式", "{recommend.kind}"),
            box("推荐意见", "{recommend.opinion}", 5),
            box("推荐情况", "应到＿＿人，实到＿＿人，同意推荐＿＿人，不同意＿＿人，弃权＿＿人。", 2.5, SEALED),
            box("党支部意见", "", 3, SEALED),
        ),
    ),
    Form(
        "activist_record",
        "确定入党积极分子会议记录",
        rows=(
            row("党支部", "{branch}", "会议日期", "{activist.day}"),
            row("地点", "", "主持人", ""),
            row("应到人数", "", "实到人数", ""),
            row("列席", "", "记录人", ""),
            box("推荐情况", "{recommend.kind}，推荐日期{recommend.day}。{recommend.opinion}", 3),
            box("讨论情况", "", 5),
            box("会议决定", "{activist.outcome}。{activist.said}", 3, SEALED),
        ),
        head="议题：确定{name}同志为入党积极分子",
    ),
    Form(
        "activist_report",
        "关于确定入党积极分子的备案报告",
        to="{committee}：",
        paragraphs=(
            INTRODUCED,
            (
                "该同志于{apply.day}向党组织递交入党申请书，{talk.day}党组织派人同其谈话。经{recommend.kind}，{activist.day}"
                "研究决定，确定{name}同志为入党积极分子。现将有关材料报上，请予备案。"
            ),
        ),
        sign=FROM_BRANCH,
    ),
    Form(
        "activist_reply",
        "关于入党积极分子备案的批复",
        to="{branch}：",
        paragraphs=(
            "你们关于确定{name}同志为入党积极分子的备案报告收悉。经审核，{file_activist.outcome}，备案日期为{file_activist.day}。",
            "请指定正式党员作培养联系人，认真做好培养教育和考察工作，如实填写《入党积极分子培养考察登记表》。",
            "审核意见：{file_activist.opinion}",
        ),
        sign=FROM_COMMITTEE,
    ),
    Form(
        "training_form",
        "入党积极分子培养考察登记表",
        rows=(
            *PERSON,
            row("申请日期", "{apply.day}", "确定为积极分子", "{activist.day}"),
            row("备案日期", "{file_activist.day}", "培养联系人", "{contacts}"),
            box("个人简历", "", 4),
            box("家庭主要成员", "", 3.5),
            box("奖惩情况", "", 2),
        ),
        listing=REVIEWS,
        sign=("党支部（盖章）：＿＿＿＿＿＿＿＿　　党支部书记（签字）：＿＿＿＿＿＿",),
    ),
    Form(
        "review_opinion",
        "培养教育考察意见",
        rows=(
            row("被考察人", "{name}", "考察日期", "{this.day}"),
            row("党支部", "{branch}", "考察人", "{this.who}"),
            row("政治觉悟", "{this.attitude}", "工作学习", "{this.work}"),
            row("团结守纪", "{this.life}", "考察结果", "{this.outcome}"),
            box("考察意见", "{this.opinion}", 9, SIGNED),
            box("党支部意见", "", 4, SEALED),
        ),
    ),
    Form(
        "object_opinions",
        "确定发展对象听取意见记录",
        head="拟确定为发展对象：{name}同志　　培养联系人：{contacts}",
        rows=(
            box("党小组意见", "", 3, SIGNED),
            box("培养联系人意见", "", 3, SIGNED),
            box("党员意见", "听取＿＿名党员的意见。", 3.5, SIGNED),
            box("群众意见", "听取＿＿名群众的意见。", 3.5, SIGNED),
            box("支部委员会讨论", "{object_discuss.outcome}。{object_discuss.said}", 4, SEALED),
        ),
    ),
    Form(
        "object_request",
        "关于将{name}同志列为发展对象的请示",
        to="{committee}：",
        paragraphs=(
            INTRODUCED,
            "该同志于{apply.day}递交入党申请书，{activist.day}被确定为入党积极分子，培养联系人为{contacts}。",
            (
                "经过培养教育和考察，在听取党小组、培养联系人、党员和群众意见的基础上，{object_discuss.day}讨论，"
                "{object_discuss.outcome}。现将有关材料报上。"
            ),
            "妥否，请批示。",
        ),
        sign=FROM_BRANCH,
    ),
    Form(
        "object_reply",
        "关于将{name}同志列为发展对象的批复",
        to="{branch}：",
        paragraphs=(
            "你们关于将{name}同志列为发展对象的请示收悉。{object_agree.day}研究，{object_agree.outcome}。",
            "请按规定公示。公示没有影响入党的问题的，列为发展对象，确定入党介绍人，并做好政治审查和集中培训工作。",
            "审核意见：{object_agree.opinion}",
        ),
        sign=FROM_COMMITTEE,
    ),
    Form(
        "notice",
        "发展对象公示",
        paragraphs=(f"经党支部研究、上级党委审核，拟将{{name}}同志列为发展对象。根据{RULES}的规定，现将有关情况公示如下。",),
        rows=(
            *PERSON,
            row("申请日期", "{apply.day}", "确定为积极分子", "{activist.day}"),
            row("党支部", "{branch}", "培养联系人", "{contacts}"),
            row("公示开始", "{notice.day}", "公示结束", ""),
            row("公示地点", "{notice.places}", "另一处公示地点", "{notice.both_places}"),
            row("受理部门", "", "联系电话", ""),
        ),
        sign=("公示期间，对公示对象有不同意见的，请向受理部门反映。", *FROM_BRANCH),
    ),
    Form(
        "notice_result",
        "关于{name}同志公示情况的报告",
        to="{committee}：",
        paragraphs=(
            "{notice.day}至＿＿＿＿年＿＿月＿＿日，我们对拟列为发展对象的{name}同志进行了公示，公示地点为{notice.places}。",
            "公示结果：{object.result}",
            "处理意见：{object.outcome}。",
        ),
        sign=FROM_BRANCH,
    ),
    Form(
        "review_letter",
        "政治审查函调信",
        each="l in letters",
        paragraphs=(
            f"我们拟发展{{name}}同志入党。根据{RULES}关于政治审查的规定，需要了解其有关人员的情况，请协助办理，并于{{this.due}}前函复。",
        ),
        head="编号：{this.number}",
        to="{this.to}：",
        rows=(
            row("被调查人", "{this.about}", "与申请人关系", "{this.relation}"),
            box("需要了解的情况", "{this.questions}", 3.5),
            box("函复内容", "", 7, SEALED),
        ),
        sign=FROM_BRANCH,
    ),
    Form(
        "political_review",
        "关于{name}同志的政治审查结论",
        rows=(
            *PERSON,
            box("本人政治历史和现实表现", "", 4.5),
            box("直系亲属和主要社会关系", "", 4),
            box("函调和联审情况", "", 3),
            box("审查结论", "{political_review.outcome}。{political_review.conclusion}", 4, SEALED),
        ),
    ),
    Form(
        "training_certificate",
        "发展对象培训合格证明",
        number="编号：＿＿＿＿＿＿＿＿",
        paragraphs=(
            (
                "{name}同志参加了发展对象短期集中培训。主办单位和地点：{training.place}；结业日期：{training.day}；"
                "共{training.days}天，{training.hours}学时。经考核，成绩合格，特此证明。"
            ),
        ),
        sign=FROM_COMMITTEE,
    ),
    Form(
        "committee_check",
        "支部委员会审查意见",
        rows=(
            row("发展对象", "{name}", "会议日期", "{committee_check.day}"),
            row("应到人数", "", "实到人数", ""),
            row("培养联系人", "{contacts}", "入党介绍人", "{sponsors}"),
            row("政治审查", "{political_review.outcome}", "集中培训", "{training.days}天，{training.hours}学时"),
            box("材料和手续", "入党申请书、培养考察登记表、公示、政治审查、集中培训等材料是否齐全，手续是否完备：", 4),
            box("征求意见情况", "", 3),
            box("审查意见", "{committee_check.outcome}。{committee_check.said}", 4, SEALED),
        ),
    ),
    Form(
        "prereview_request",
        "关于预审发展对象{name}同志的请示",
        to="{committee}：",
        paragraphs=(
            INTRODUCED,
            (
                "该同志于{apply.day}申请入党，{activist.day}被确定为入党积极分子，{object.day}被列为发展对象，入党介绍人为{sponsors}。"
                "政治审查{political_review.outcome}，集中培训{training.days}天、{training.hours}学时。"
            ),
            "{committee_check.day}支部委员会集体审查：{committee_check.outcome}。现将有关材料报上，请予预审。",
        ),
        sign=FROM_BRANCH,
    ),
    Form(
        "prereview",
        "关于发展对象{name}同志的预审意见",
        to="{branch}：",
        paragraphs=(
            "你们关于预审发展对象{name}同志的请示收悉。{prereview.day}预审：{prereview.outcome}。",
            "预审意见：{prereview.opinion}",
            "预审合格的，请指导本人填写《中国共产党入党志愿书》，并在规定时间内召开支部大会讨论。",
        ),
        sign=FROM_COMMITTEE,
    ),
    Form(
        "ballot_count",
        "接收预备党员票决结果",
        rows=(
            row("被表决人", "{name}", "表决日期", "{admission_meeting.day}"),
            row("应到会有表决权", "{admission_meeting.due}", "实到会有表决权", "{admission_meeting.present}"),
            row("发出票数", "", "收回票数", ""),
            row("有效票", "", "无效票", ""),
            row("赞成", "{admission_meeting.in_favour}", "不赞成", "{admission_meeting.against}"),
            row("弃权", "{admission_meeting.abstain}", "其中会前书面赞成", "{admission_meeting.written}"),
            box("表决结果", "{admission_meeting.outcome}。{admission_meeting.said}", 4),
        ),
        sign=("监票人（签字）：＿＿＿＿＿＿　　计票人（签字）：＿＿＿＿＿＿　　＿＿＿＿＿＿", NO_DAY),
    ),
    Form(
        "admission_resolution",
        "关于接收{name}同志为预备党员的决议",
        paragraphs=(
            (
                "{admission_meeting.day}，{branch}召开支部大会，讨论{name}同志的入党问题。本人汇报了对党的认识、入党动机、本人履历、"
                "家庭和主要社会关系情况，入党介绍人{sponsors}介绍了有关情况并表明意见，支部委员会报告了审查情况。"
            ),
            "大会认为：＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿",
            (
                "大会应到有表决权的党员{admission_meeting.due}名，实到{admission_meeting.present}名。采取无记名投票的方式表决，"
                "赞成{admission_meeting.in_favour}票，不赞成{admission_meeting.against}票，弃权{admission_meeting.abstain}票。"
            ),
            "表决结果：{admission_meeting.outcome}。报上级党组织审批。",
        ),
        sign=("支部书记（签字）：＿＿＿＿＿＿", *FROM_BRANCH),
    ),
    Form(
        "approval_talk",
        "审批前谈话记录",
        rows=(
            row("谈话对象", "{name}", "谈话日期", "{approval_talk.day}"),
            row("党支部", "{branch}", "谈话地点", ""),
            row("谈话人", "{approval_talk.talker}", "谈话人职务", ""),
            box("谈话内容", "", 9),
            box("谈话情况和意见", "{approval_talk.opinion}", 5, SIGNED),
        ),
    ),
    Form(
        "approval",
        "关于{name}同志入党问题的批复",
        number="{approve.document}",
        to="{branch}：",
        paragraphs=(
            (
                "你们{admission_meeting.day}关于接收{name}同志为预备党员的决议收悉。{approve.day}，党委会集体讨论、逐个审议和表决："
                "{approve.outcome}。"
            ),
            (
                "批准为预备党员的，预备期从支部大会通过之日（{admission_meeting.day}）算起。请及时通知本人，编入党小组，"
                "做好教育、管理和监督工作。"
            ),
            "审批意见：{approve.opinion}",
        ),
        sign=FROM_COMMITTEE,
    ),
    Form(
        "admission_filing",
        "接收预备党员备案表",
        to="＿＿＿＿＿＿＿＿＿＿＿＿：",
        number="{file_admission.document}",
        rows=(
            *PERSON,
            row("申请日期", "{apply.day}", "确定为积极分子", "{activist.day}"),
            row("列为发展对象", "{object.day}", "支部大会通过", "{admission_meeting.day}"),
            row("党委批准", "{approve.day}", "报送备案", "{file_admission.day}"),
            row("党支部", "{branch}", "入党介绍人", "{sponsors}"),
        ),
        sign=FROM_COMMITTEE,
    ),
    Form(
        "group_notice",
        "编入党支部和党小组通知",
        to="{name}同志：",
        paragraphs=(
            (
                "{approve.day}，上级党委{approve.outcome}。经研究，将你编入{branch}，党小组：{group.group}。请按时参加组织生活，"
                "执行党的决议，按月交纳党费，自觉接受党组织的教育、管理和监督。"
            ),
        ),
        sign=FROM_BRANCH,
    ),
    Form(
        "oath",
        "入党宣誓记录",
        rows=(
            row("宣誓人", "{name}", "宣誓日期", "{oath.day}"),
            row("地点", "{oath.place}", "主持和领誓人", "{oath.led_by}"),
            row("组织单位", "", "参加人数", ""),
            box("宣誓经过", "", 9),
            box("宣誓人", "", 2, SIGNED),
        ),
        sign=("组织单位（盖章）", NO_DAY),
    ),
    Form(
        "probation_form",
        "预备党员教育考察登记表",
        rows=(
            *PERSON,
            row("支部大会通过", "{admission_meeting.day}", "党委批准", "{approve.day}"),
            row("入党宣誓", "{oath.day}", "入党介绍人", "{sponsors}"),
            row("党支部", "{branch}", "党小组", "{group.group}"),
        ),
        listing=REVIEWS,
        sign=("党支部（盖章）：＿＿＿＿＿＿＿＿　　党支部书记（签字）：＿＿＿＿＿＿",),
    ),
    Form(
        "conversion_count",
        "预备党员转正票决结果",
        rows=(
            row("被表决人", "{name}", "表决日期", "{conversion_meeting.day}"),
            row("应到会有表决权", "{conversion_meeting.due}", "实到会有表决权", "{conversion_meeting.present}"),
            row("发出票数", "", "收回票数", ""),
            row("有效票", "", "无效票", ""),
            row("赞成", "{conversion_meeting.in_favour}", "不赞成", "{conversion_meeting.against}"),
            row("弃权", "{conversion_meeting.abstain}", "其中会前书面赞成", "{conversion_meeting.written}"),
            box("表决结果", "{conversion_meeting.outcome}。{conversion_meeting.said}", 4),
        ),
        sign=("监票人（签字）：＿＿＿＿＿＿　　计票人（签字）：＿＿＿＿＿＿　　＿＿＿＿＿＿", NO_DAY),
    ),
    Form(
        "conversion_resolution",
        "关于预备党员{name}同志转正问题的决议",
        paragraphs=(
            (
                "{conversion_meeting.day}，{branch}召开支部大会，讨论预备党员{name}同志能否转为正式党员。该同志于{admission_meeting.day}"
                "经支部大会通过接收为预备党员，{approve.day}经上级党委批准，{conversion_apply.day}提出书面转正申请。"
            ),
            "大会认为：＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿",
            (
                "大会应到有表决权的党员{conversion_meeting.due}名，实到{conversion_meeting.present}名。采取无记名投票的方式表决，"
                "赞成{conversion_meeting.in_favour}票，不赞成{conversion_meeting.against}票，弃权{conversion_meeting.abstain}票。"
            ),
            "大会决议：{conversion_meeting.outcome}。报上级党组织审批。",
        ),
        sign=("支部书记（签字）：＿＿＿＿＿＿", *FROM_BRANCH),
    ),
    Form(
        "conversion_approval",
        "关于预备党员{name}同志转正问题的批复",
        number="{conversion_approve.document}",
        to="{branch}：",
        paragraphs=(
            (
                "你们{conversion_meeting.day}关于预备党员{name}同志转正问题的决议收悉。{conversion_approve.day}，党委会集体讨论和表决："
                "{conversion_approve.outcome}。"
            ),
            "审批意见：{conversion_approve.opinion}",
            "请及时通知本人，并在党员大会上宣布。党龄从预备期满转为正式党员之日算起。",
        ),
        sign=FROM_COMMITTEE,
    ),
    Form(
        "archive_list",
        "党员档案材料目录",
        head="姓名：{name}　　党支部：{branch}　　存放：{archive.where}",
        listing=Listing(
            "p in papers",
            ("序号", "材料名称", "形成日期", "页数", "情况"),
            ("p.number", "p.title", "p.day", "p.pages", "p.stand"),
            (1.4, 7.2, 3.4, 1.4, 2.8),
        ),
        sign=("移交人（签字）：＿＿＿＿＿＿　　接收人（签字）：＿＿＿＿＿＿", NO_DAY),
    ),
)
"""All of them."""
