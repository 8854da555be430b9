"""The pages of requests and rules."""
