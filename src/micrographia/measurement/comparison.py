"""Samples side by side: statistics of each, and the differences between them."""
