"""What makes jobs happen: the supervisor, its clusters, one attempt with its heartbeat, and the system's processes.

Nothing here speaks to people. Imports queue, storage, generators, models and telemetry; ``keeper`` and ``processes``
import none of these, and no Django.
"""
