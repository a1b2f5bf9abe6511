"""What a running stack counts, for those who look at it here: `make metrics`, and `/metrics` for
Prometheus. On AWS the same figures are CloudWatch's.
"""
