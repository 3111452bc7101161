"""What a password must be like, beyond Django's own checks."""

import re

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError

CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")


class LengthValidator(MinimumLengthValidator):
    """At least so many characters. What Django says of a shorter one is not translated into Chinese."""

    def get_error_message(self) -> str:
        """What is wrong, in words."""
        return self.get_help_text()

    def get_help_text(self) -> str:
        """The rule in words."""
        return f"密码至少要有{self.min_length}位。"


class ThreeClassesValidator:
    """At least three of: small letters, capitals, digits, other characters (customary for GB/T 22239-2019, level 3)."""

    def validate(self, password: str, user: object = None) -> None:  # noqa: ARG002 - Django's signature
        """Raise ``ValidationError`` if fewer than three classes occur."""
        if sum(bool(re.search(pattern, password)) for pattern in CLASSES) < 3:
            raise ValidationError(self.get_help_text(), code="too_few_classes")

    def get_help_text(self) -> str:
        """The rule in words."""
        return "密码须含大写字母、小写字母、数字、符号中的至少三类。"
