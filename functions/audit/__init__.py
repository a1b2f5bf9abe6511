"""The audit: reads what all domains have stored, and judges it without any of their code."""
