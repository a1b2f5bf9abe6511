"""Measures Boxoffice and writes the figures down: `make bench`.

A measurement is a module with `NAME` and `measure(bench)`, listed in `__main__.py`. What it returns
becomes a section of `docs/performance.md`; no figure of that page is typed by hand.
"""
