"""Any order of events: a machine that does to the world whatever can be done, in any order."""
