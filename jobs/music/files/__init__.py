"""From samples and a score to files: MP3, FLAC, WAV, stems, layers, MIDI, piano roll, peaks, and the tags inside.

Imports sound and what lies on top.
"""
