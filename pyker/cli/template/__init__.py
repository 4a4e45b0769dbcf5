"""Go's text/template, as much as `--format` needs: fields, pipelines, variables, if, range, with, functions.

    lexer      text → tokens
    parser     tokens → nodes
    nodes      nodes, evaluated against a value
    functions  Go's builtins and Docker's additions
    verbs      printf

Not here: define, block, template, html, js, urlquery and call. Values are those of JSON, and Record.
"""
