"""The CDK app: one stack a domain, and what lies around them.

`environments.py` says what differs between local, staging and production, as data; `names.py` what
everything is called. Both are plain Python, without CDK, so that the local loop can read them too.
"""
