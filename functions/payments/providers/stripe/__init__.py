"""Stripe: the adapter in payments' functions, and what reaches the internet for it."""
