"""`pyker-runtime`: pyker's runtime under runc's command line, for engines that expect an OCI runtime.

words.py reads a command line by the table in table.py, main.py is the entry and the border for errors, and
each command is a function of the module that table.py names.
"""
