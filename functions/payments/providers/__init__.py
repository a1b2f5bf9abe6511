"""Whoever moves the money: one port, and an adapter a file."""
