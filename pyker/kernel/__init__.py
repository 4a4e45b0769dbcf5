"""The only floor that speaks to the kernel by ctypes and prctl: one function, one system call."""
