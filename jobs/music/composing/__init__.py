"""From a brief to a score: form, harmony, melody, bass, drums, arrangement. Notes only; every choice from the seed.

What the words mean is decided before (words), how it sounds after (sound). Imports styles and what lies on top.
"""

VERSION = 2  # grows with each release that makes other notes of the same brief and seed; 0.1.0, which kept none, was 1
