"""The tags every template has without loading them."""
