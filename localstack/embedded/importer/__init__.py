"""Loads the ETSR data set into a running stack, through the public API and nothing else.

Each run looks up what is there already and makes only what is missing, so a second run changes
nothing and a run that broke off is finished by the next one, from any machine.
"""
