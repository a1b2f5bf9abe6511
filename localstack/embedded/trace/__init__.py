"""`make trace ORDER=<id>`: what became of one order, told in order of time, from the logs.

`lines.py` is a line of a function's log, `sources.py` where lines are, `following.py` which of them
are an order's, `executions.py` what its state machines went through, and `telling.py` how it is
told.
"""
