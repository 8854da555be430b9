"""Requests, estimates, approvals."""
