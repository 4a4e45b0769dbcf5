"""What is wrong with a template, or with what a function in it was given."""

from pyker.base.errors import InvalidError


class TemplateError(InvalidError):
    """A template that cannot be read, or not be applied to the value at hand; in Go's words."""


class UnfitError(ValueError):
    """A function was given what it cannot work with; the template says where."""
