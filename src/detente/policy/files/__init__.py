"""Scenario files: read and checked line by line, resolved, edited, described by a schema."""
