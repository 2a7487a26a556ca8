"""Prompts that were judged by hand, and how many of them are understood: ``python -m tests.words``."""
