"""What is wrong with a template."""

from pyker.base.errors import InvalidError


class TemplateError(InvalidError):
    """A template that cannot be read, or not be applied to the value at hand; in Go's words."""
