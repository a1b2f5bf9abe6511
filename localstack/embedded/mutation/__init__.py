"""Defects planted one by one in the rules and the stores' conditions, and who notices them.

`python -m embedded.mutation` (`make mutate`). Works on copies of the files under version control,
never in the working tree.
"""
