"""The verbs, one use case a file. It prints nothing."""
