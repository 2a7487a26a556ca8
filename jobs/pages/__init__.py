"""What people see: views, forms, the queries of the library, labels, pictures, and the delivery of a track's files.

What an order or a transition is belongs to queue, what a job looks like to clients, too, to progress. Imports api (for
problem documents), accounts, progress, queue and what they import.
"""
