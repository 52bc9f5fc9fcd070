"""Links to Forge in the task view."""
