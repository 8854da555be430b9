"""Paper: documents as plain data, and the one place that draws them as PDF."""
