"""Whoever runs the installation: its companies, what they owe, and the links between them that hang."""
