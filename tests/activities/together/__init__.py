"""Whatever is done with members, in whatever order: a small world that Hypothesis plays, what is played, what always holds."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.checks", f"{__name__}.machine", f"{__name__}.history")
