"""The whole product in one process, on real stores, under a clock and faults that a test moves.

Real: the handlers as they are deployed, DynamoDB on the emulator, Postgres, and the definitions in
`statemachines/`. Ours: a small interpreter in place of Step Functions (`machines.py`), because only
so can time be moved and a run be repeated exactly; the emulator runs the same definitions in
`test_booking.py` and in the end-to-end tests.
"""
