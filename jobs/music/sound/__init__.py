"""From a score to samples: the synthesizer, sound banks and their levels, mix, filters, loudness, master.

Files are written in files. Imports score, instruments and errors.
"""
