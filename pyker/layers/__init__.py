"""From blobs to directories: tar streams unpacked for overlayfs, stored by chain id.

Chosen: one pass over the stream, own tar reader, system calls relative to open directories. Rejected:
`tarfile` (ten times slower, looks up names on the host, filters by string prefixes) and chrooting an
extractor (a Python inside a hostile root can be made to import from it).
"""
