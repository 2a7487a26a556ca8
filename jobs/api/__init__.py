"""The JSON contract: calls, shapes, problem documents, conditional answers, and the document that describes them.

Whatever a program sees belongs here; pages for people do not. ``fast`` is the short way of the calls that are made all
the time. Imports progress, queue and what they import.
"""
