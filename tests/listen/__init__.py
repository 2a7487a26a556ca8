"""Renders a corpus with the real chain and judges the sound with tools that know nothing of the composer."""
