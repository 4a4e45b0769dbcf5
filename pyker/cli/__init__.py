"""Words in, words out: the only floor that prints or exits.

main       the entry point and the border that no exception crosses
parse      an ordinary line, by the table that `generate` writes from `tree`
tree/      the one definition of the command line, in Typer: help, mistakes, completion
template/  Go's text/template for --format
listing    tables, and the other forms a listing takes
ps.py …    one module a command: `main(home, arguments) -> exit code`
"""
