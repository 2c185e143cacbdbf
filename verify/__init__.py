"""Verifying a stage from outside, the local one and those on AWS alike: `python -m verify --stage dev`."""
