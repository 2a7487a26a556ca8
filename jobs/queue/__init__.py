"""What may happen to a job, each transition together with its message: order, retry, cancel, delete, sweep.

Limits, lanes, brokers, exports and variations belong here; who asked, by page or by API, does not. Imports models,
storage, generators and the words of the composer.
"""
