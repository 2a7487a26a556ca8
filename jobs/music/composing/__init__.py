"""From a brief to a score: form, harmony, melody, bass, drums, arrangement. Notes only; every choice from the seed.

What the words mean is decided before (words), how it sounds after (sound). Imports styles and what lies on top.
"""
