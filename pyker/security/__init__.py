"""What the process in a container may do: capabilities, seccomp, devices, hidden files, and who it is.

Everything here is decided before the process starts and is pure or reads the image; the calls that put it
in force are in `kernel`. The defaults are the last column of the table in threats.md, section 2.
"""
