"""Refusals: what the house says when it will not do a thing.

Every refusal carries a sentence in plain Chinese for the person who asked, and, where a rule is the reason, its citation.
Pages show it, the API answers with it as ``{"detail", "how", "citation", "fields"}`` with the refusal's status.
"""


class Refusal(Exception):
    """The request is understood and not carried out; nothing has been written.

    ``message`` says what is wrong, ``how`` what to do now, ``citation`` the article it rests on, ``fields`` the messages that
    belong to single inputs of a form, ``elsewhere`` title and address of the page where it can be done.
    """

    status = 409

    def __init__(
        self,
        message: str,
        *,
        how: str = "",
        citation: str = "",
        fields: dict[str, str] | None = None,
        elsewhere: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.how = how
        self.citation = citation
        self.fields = fields or {}
        self.elsewhere = elsewhere

    @property
    def brief(self) -> str:
        """What is wrong and what to do, in one line."""
        return f"{self.message}{self.how}"

    @property
    def text(self) -> str:
        """All of it in one line."""
        return f"{self.brief}依据：{self.citation}" if self.citation else self.brief


class Invalid(Refusal):
    """What was entered cannot be right."""

    status = 422


class PermissionDenied(Refusal):
    """The person may see the organisation but may not do this there."""

    status = 403


class NotFound(Refusal):
    """There is no such thing, or the person may not know of it."""

    status = 404

    def __init__(self, message: str = "没有找到这条内容，可能已被移走，或不在您的查看范围内。") -> None:
        super().__init__(message)


class Conflict(Refusal):
    """The state of things does not admit it (already closed, already done by somebody else)."""
