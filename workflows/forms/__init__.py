"""What is typed on the pages of requests and rules."""
