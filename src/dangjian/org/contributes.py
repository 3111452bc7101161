"""What the organisations' app offers to the house."""

from dangjian.kernel.offers import MenuItem, Permission, Role
from dangjian.org import roles

OFFERS = (
    Role(roles.MEMBER, "党员", grantable=False, order=90),
    Role(roles.GROUP_LEADER, "党小组组长", order=80),
    Role(roles.SECRETARY, "书记", order=10),
    Role(roles.DEPUTY_SECRETARY, "副书记", order=20),
    Role(roles.ORGANISATION_MEMBER, "组织委员", order=30),
    Role(roles.PUBLICITY_MEMBER, "宣传委员", order=40),
    Role(roles.DISCIPLINE_MEMBER, "纪检委员", order=50),
    Role(roles.COMMITTEE_MEMBER, "委员", order=60),
    Role(roles.PARTY_WORKER, "党务工作者", order=70),
    Role(roles.PARTY_OFFICE, "党务部门", order=5),
    Role(roles.SYSTEM_ADMIN, "系统管理员", sphere="system", order=200),
    Role(roles.SECURITY_ADMIN, "安全管理员", sphere="security", order=210),
    Role(roles.AUDIT_ADMIN, "审计管理员", sphere="audit", order=220),
    Permission("org.view", "查看党组织", roles.RUNNERS | {roles.MEMBER}),
    Permission("org.manage", "维护党组织设置和沿革", frozenset({roles.PARTY_OFFICE, roles.PARTY_WORKER})),
    Permission("org.posts", "维护任职和届次", frozenset({roles.PARTY_OFFICE, roles.PARTY_WORKER})),
    Permission("org.groups", "划分党小组", roles.KEEPERS),
    Permission("org.delegate", "把自己的权限交给他人代办", roles.OFFICE),
    Permission("org.grant", "分配角色", frozenset({roles.SECURITY_ADMIN})),
    MenuItem("党组织", "org:tree", "sitemap", "org.view", group="组织队伍", order=10),
    MenuItem("授权管理", "org:grants", "shield-lock", "org.grant", group="系统", order=20),
    MenuItem("委托代办", "org:delegations", "user-share", "org.delegate", group="组织队伍", order=40),
)
