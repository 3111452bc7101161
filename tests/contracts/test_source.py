"""How the product is written: writes stand in actions, a look at everything has a reason, no SQL by hand, plugins stand apart."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import PurePath

from django.apps import apps

from tests.contracts.source import ROOT, calls, modules, suite

READERS = {"views", "api", "queries", "forms", "filters", "sheets", "jobs", "policy", "contributes", "context", "documents"}
"""Files that read, and never write."""

WRITES = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
ROW_WORDS = ("objects", "filter(", "exclude(", "_set", ".all(", "rows", "queryset")

SILENCED = re.compile(r"#\s*(ruff: )?noqa|#\s*type: ignore|#\s*pragma: no cover")
SILENCED_FOR_A_REASON = re.compile(r"noqa: [A-Z0-9, ]+ - \S|type: ignore\[[a-z, -]+\]  # \S")
"""A rule that is named, and a reason beside it."""

UNSCOPED_SQL = {
    "src/dangjian/engines/jobs/actions.py": "sets how long a look at the health waits for others who write",
    "src/dangjian/kernel/sql.py": "one statement for all duties, which the ORM cannot say; it reads from scoped rows",
    "src/dangjian/org/scope.py": "the scope itself is made here",
    "src/dangjian/kernel/prepared_sql.py": "carries out what others write; each of them is named here",
    "src/dangjian/accounts/trail.py": "puts triggers on its own tables, and asks which transactions are in flight",
    "src/dangjian/accounts/sessions.py": "reads one session and its account, by the key in the caller's own cookie",
    "src/dangjian/accounts/keys.py": "opens one encrypted value of each column, whose table may not be up to date yet",
    "src/dangjian/activities/meetings/actions/seating.py": "reaches the actor's own row alone, by their account",
    "src/dangjian/activities/dues/billing/actions/bill_sql.py": "bills of everybody in one statement, each of its branch",
    "src/dangjian/activities/dues/billing/actions/billing.py": "holds months together with others who only pay",
    "src/dangjian/kernel/alone.py": "takes a lock of the database and reads no row",
    "src/dangjian/kernel/encrypted.py": "encrypts every value again whoever it belongs to, and shows none",
    "src/dangjian/demo/sizes.py": "lets the database count its tables",
    "src/dangjian/kernel/bulk.py": "inserts what the actions that call it have checked against the scope",
}
"""Files that may reach past managers, each with its reason."""


def test_pages_of_rows_come_from_the_kit_of_lists() -> None:
    """A list is declared (``kernel.lists``); what is no list takes ``page_of``."""
    found = [f"{path}:{call.lineno}" for path, tree in modules().items() for name, call in calls(tree) if name == "Paginator"]
    assert found == []


ENVIRONMENT = {
    "src/dangjian/kernel/environment.py": "each variable is declared here",
    "src/dangjian/config/cli.py": "says which settings Django takes",
    "src/dangjian/config/wsgi.py": "says which settings Django takes",
    "src/dangjian/config/management/commands/run.py": "hands the whole of it on to the processes it starts",
    "src/dangjian/engines/jobs/backup.py": "hands the whole of it on to the program it starts",
}
"""Files that touch the environment, each with its reason."""


def test_the_environment_is_asked_in_one_place() -> None:
    found = {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and ast.unparse(node.value) == "os"
    }
    assert {path for path in found if path.startswith("src/")} == ENVIRONMENT.keys()


def test_writes_stand_only_in_actions() -> None:
    found = [
        f"{path}:{call.lineno}: {ast.unparse(call.func)}"
        for path, tree in modules().items()
        if _reads_only(path)
        for name, call in calls(tree)
        if name in WRITES - _defined_in(tree) and isinstance(call.func, ast.Attribute) and _writes_rows(name, call)
    ]
    assert not found, "\n".join(found)


def test_a_look_at_everything_says_why() -> None:
    found = [
        f"{path}:{call.lineno}: {ast.unparse(call)}"
        for path, tree in modules().items()
        for name, call in calls(tree)
        if name in {"everything", "unscoped"} and not (call.args and _is_reason(call.args[0]))
    ]
    assert not found, "\n".join(found)


def test_nothing_goes_around_the_scope() -> None:
    found = [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path, tree in modules().items()
        if path not in UNSCOPED_SQL
        for node in _ways_around(tree)
    ]
    assert not found, "\n".join(found)


def test_a_check_that_is_silenced_says_why() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in ("src", "plugins", "bench", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if SILENCED.search(line) and not SILENCED_FOR_A_REASON.search(line)
    ]
    assert not found, "\n".join(found)


def test_every_exception_still_has_its_file() -> None:
    assert [path for path in UNSCOPED_SQL if not (ROOT / path).exists()] == []


def test_what_nobody_can_mend_has_its_own_page() -> None:
    """A refusal becomes a message on the page before only where the view lets those of rights and of what is not there pass."""
    found = [
        f"{path}:{handler.lineno}: {ast.unparse(handler)}"
        for path, tree in modules().items()
        if "views" in PurePath(path).with_suffix("").parts
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
        for handler in node.handlers
        if _caught(handler) & {"Refusal", "NotFound", "PermissionDenied"} and "messages" in ast.unparse(handler.body[-1])
        if not _passes_on(node.handlers[: node.handlers.index(handler)])
    ]
    assert not found, "\n".join(found)


def _caught(handler: ast.ExceptHandler) -> set[str]:
    return {node.id for node in ast.walk(handler.type or handler) if isinstance(node, ast.Name)}


def _passes_on(handlers: list[ast.ExceptHandler]) -> bool:
    """Whether what is not allowed and what is not there are raised again before."""
    raised = [_caught(handler) for handler in handlers if isinstance(handler.body[0], ast.Raise)]
    return {"PermissionDenied", "NotFound"} <= set().union(*raised)


def test_nothing_knows_a_plugin() -> None:
    plugins = {PurePath(path).parts[1] for path in modules() if path.startswith("plugins/")}
    plugins |= {part for path in modules() if path.startswith("plugins/") for part in PurePath(path).parts[2:-1]}
    imported = {
        (path, name.split(".")[0])
        for path, tree in modules().items()
        if path.startswith("src/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert [(path, name) for path, name in imported if name in plugins - {"src"}] == []


def _ways_around(tree: ast.Module) -> Iterator[ast.Attribute]:
    """Managers past the scope, cursors, statements by hand, and raw SQL on rows."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"_base_manager", "_default_manager", "cursor"}:
            yield node
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"statements.read", "statements.change"}:
            yield node
    for name, call in calls(tree):
        if name in {"raw", "extra", "RawSQL"} and isinstance(call.func, ast.Attribute):
            yield call.func


def _reads_only(path: str) -> bool:
    pure = PurePath(path)
    return pure.stem in READERS or (pure.parent.name in READERS and pure.stem != "actions")


@cache
def _defined_in(tree: ast.Module) -> set[str]:
    """Methods of the module's own classes; what they call is looked at like everything else."""
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def _writes_rows(name: str, call: ast.Call) -> bool:
    """Whether rows are written: a dictionary's ``update`` and a picture's ``save(file)`` are not meant."""
    if name in {"update", "delete", "create"}:
        receiver = ast.unparse(call.func)
        return any(word in receiver for word in ROW_WORDS)
    return name != "save" or not call.args


def _is_reason(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return len(text) >= 6
        case ast.Name(id=name):
            return name.isupper()
        case _:
            return isinstance(node, ast.JoinedStr)


def test_the_page_of_names_has_every_model() -> None:
    named = (ROOT / "docs/naming.md").read_text(encoding="utf-8")
    ours = [model for model in apps.get_models() if model.__module__.startswith("dangjian.")]
    lines = [f"| {model._meta.verbose_name} | `{model.__name__}` |" for model in ours]
    missing = [line for line in lines if line not in named]
    assert not missing, "add to docs/naming.md: " + ", ".join(missing)


CODE = re.compile(r"(`+)[^`]+\1")


def test_words_that_are_not_used() -> None:
    """``docs/naming.md`` lists them, with what to say instead."""
    pages = {
        str(page.relative_to(ROOT)): page.read_text("utf-8") for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    }
    prose = [(f"{path}:{number}", line) for path, text in pages.items() for number, line in enumerate(text.splitlines(), start=1)]
    for path in modules() | suite():
        prose += [(f"{path}:{number}", text) for number, text in _prose((ROOT / path).read_text("utf-8"))]
    found = [f"{place}: “{word}”, say: {better}" for place, text in prose for word, better in _unused_words(text)]
    assert not found, "\n".join(found)


def test_a_word_that_is_not_used_is_found_in_what_programmers_read_alone() -> None:
    planted = '''
"""``of(row)`` answers what he wants."""
KEPT = "He and his"  # whoever he is
"""Of `his`, an answer."""
def act():
    """Nothing.

    Of course, done.
    """
    return "she"
'''
    found = {(number, word) for number, text in _prose(planted) for word, _ in _unused_words(text)}
    assert found == {(2, "() answers"), (2, "he"), (3, "he"), (8, "of course")}


@cache
def _words_not_used() -> dict[str, str]:
    """Each with what to say instead."""
    table = (ROOT / "docs/naming.md").read_text("utf-8").partition("| instead of | say |")[2]
    rows = [row.split("|")[1:3] for row in table.split("\n")[2:] if row.startswith("|")]
    return {word: better.strip() for words, better in rows for word in re.findall(r"`(.+?)`", words)}


@cache
def _any_of_them() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, _words_not_used()))})(?!\w)", re.IGNORECASE)


def _unused_words(text: str) -> list[tuple[str, str]]:
    """What stands in ``text`` and is not used, with what to say instead; of code is kept only that it calls something."""
    said = CODE.sub(lambda code: "()" if code[0].rstrip("`").endswith(")") else "", text)
    return [(word, _words_not_used()[word]) for word in map(str.lower, _any_of_them().findall(said))]


def _prose(source: str) -> Iterator[tuple[int, str]]:
    """The lines of comments, and of strings that stand for themselves as docstrings do, with their numbers."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
            yield from enumerate(lines, start=node.lineno)


DRAWS = {"badge", "due_badge", "icon"}


def test_nothing_is_drawn_while_modules_are_read() -> None:
    """The icons are fetched by a command of the product itself, which reads its modules first."""
    kept = [
        (path, line.lineno, line.value.func)
        for path, tree in modules().items()
        for line in tree.body
        if isinstance(line, ast.Assign | ast.AnnAssign) and isinstance(line.value, ast.Call)
    ]
    drawn = [f"{path}:{line}" for path, line, called in kept if ast.unparse(called).rpartition(".")[2] in DRAWS]
    assert drawn == []
