"""What the accounts' app offers to the house."""

from dangjian.accounts import panels
from dangjian.accounts.door import clear_old
from dangjian.accounts.joint_resets import OF_ADMINISTRATORS
from dangjian.accounts.trail import verify_recent
from dangjian.kernel.offers import DailyJob, HomePanel, MenuItem, Permission

SYSTEM, SECURITY, AUDIT = frozenset({"system_admin"}), frozenset({"security_admin"}), frozenset({"audit_admin"})
FIGURES = "accounts/panel_figures.html"

OFFERS = (
    Permission("accounts.manage", "开通、停用账号和重置密码", SYSTEM),
    Permission("accounts.unlock", "解除登录锁定", SECURITY),
    Permission("accounts.audit", "查询操作留痕", AUDIT),
    MenuItem("账号管理", "accounts:list", "users-group", "accounts.manage", group="系统", order=10, tab="账号", tab_order=50),
    MenuItem("登录锁定", "accounts:locks", "lock-open", "accounts.unlock", group="系统", order=30, tab="锁定", tab_order=70),
    MenuItem("操作留痕", "accounts:events", "history", "accounts.audit", group="系统", order=40, tab="留痕", tab_order=80),
    *(
        MenuItem("管理员密码", "accounts:administrators", "key", permission, group="系统", order=15)
        for permission in OF_ADMINISTRATORS
    ),
    DailyJob("accounts.trail", "核对操作留痕", verify_recent, at="04:00"),
    DailyJob("accounts.tries", "清理登录失败记录", clear_old, at="03:35"),
    HomePanel("accounts", FIGURES, "accounts.manage", panels.of_accounts, order=60),
    HomePanel("accounts.locks", FIGURES, "accounts.unlock", panels.of_locks, order=70),
    HomePanel("accounts.events", FIGURES, "accounts.audit", panels.of_events, order=80),
)
