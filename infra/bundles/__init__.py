"""What is uploaded for a domain: its own code, and a layer of the packages that it imports.

Made without Docker, from wheels that the lock files pin by hash, the same to the byte wherever it
is made. `python -m infra.bundles` prints how large everything is.
"""
