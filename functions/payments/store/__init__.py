"""The SQL of payments, a file a table: each write carries its own rule.

Every function runs in its caller's transaction. Whoever decides about a payment locks its row
first (`payments.lock`), then its attempts and refunds.
"""
