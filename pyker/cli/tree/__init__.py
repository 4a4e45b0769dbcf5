"""The one definition of the command line, in Typer: options, help, examples, aliases.

Imported only for help, mistakes, completion and by `pyker.cli.generate`, which writes from it the
table that ordinary command lines are read by, and the man pages.
"""
