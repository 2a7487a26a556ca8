"""From a score to samples: the synthesizer, sound banks and their levels; the desk and the rooms; loudness, master.

``mix`` seats the parts (``stage``), equalises them (``tone``) and sums them with their rooms (``rooms``) and with what
moves (``automation``); ``finish`` is the bus; ``bus`` has its compressors, ``bands`` and ``filters`` the maths.
docs/SOUND.md says why. Files are written in files. Imports score, instruments and errors.
"""

# Of the mixer: another one makes another sound of the same score. 1 had four groups and one reverb, 2 no recordings,
# slurs and noises.
VERSION = 3
