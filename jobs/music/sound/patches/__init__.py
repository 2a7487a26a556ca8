"""Instruments of our own: each a patch (TOML, what it is made of), made into samples and a SoundFont when first needed.

tone, struck and hits make the samples, patch reads the file and lays them out over keys, build keeps the SoundFonts.
docs/INSTRUMENTS.md says how to add one.
"""
