"""From a name to a manifest, a config and verified blobs.

Content lies in `blobs/` under its digest; `images.json` is the one index of what it means. Nothing read
from an archive or a registry is believed before its digest, size and shape are checked here.
"""
