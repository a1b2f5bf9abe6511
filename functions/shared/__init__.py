"""Plumbing with no domain noun in it: problems, HTTP, tokens, tasks, Postgres, events, logs."""
