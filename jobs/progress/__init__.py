"""What a job looks like from outside: its state in words, its place in the queue, the time left, the news of its end.

Whatever the API and the pages both tell of a job belongs here; how either writes it down does not. Imports models.
"""
