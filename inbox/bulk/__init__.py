"""Deciding many tasks at once: choosing, the summary before it goes, the decisions, and what became of them."""
