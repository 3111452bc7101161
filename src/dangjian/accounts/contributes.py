"""What the accounts' app offers to the house."""

from dangjian.kernel.offers import MenuItem, Permission

SYSTEM, SECURITY, AUDIT = frozenset({"system_admin"}), frozenset({"security_admin"}), frozenset({"audit_admin"})

OFFERS = (
    Permission("accounts.manage", "开通、停用账号和重置密码", SYSTEM),
    Permission("accounts.unlock", "解除登录锁定", SECURITY),
    Permission("accounts.audit", "查询操作留痕", AUDIT),
    MenuItem("账号管理", "accounts:list", "users-group", "accounts.manage", group="系统", order=10),
    MenuItem("登录锁定", "accounts:locks", "lock-open", "accounts.unlock", group="系统", order=30),
    MenuItem("操作留痕", "accounts:events", "history", "accounts.audit", group="系统", order=40),
)
