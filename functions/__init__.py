"""Boxoffice's deployed code: one package per domain, and the plumbing they share."""
