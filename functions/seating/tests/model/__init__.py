"""An explicit-state model of bookings: every order of events of a small world, searched whole.

The seating part runs the shipped rules themselves, the sagas are read from the shipped state
machines, and the reconciler goes by the shipped decisions; only what lies around them is told here
again, in a few lines each. Nothing is timed: whatever may happen late may happen at any moment.
"""
