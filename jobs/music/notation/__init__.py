"""The score on paper: from notes as played to notes as written, MusicXML, the lead sheet engraved, chord charts.

Knows nothing of sound. Imports files and what lies below.
"""
