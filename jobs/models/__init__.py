"""The tables, and the state machine of a job: whatever says what is true of a job says it here.

Tables, their querysets, the statements that run all the time, and the errors and error codes of the domain belong here;
what sends messages, opens files or speaks to people does not. Imports nothing of the other rooms.
"""

from jobs.models.abandoned import Abandoned
from jobs.models.attempt import Attempt
from jobs.models.invitation import Invitation
from jobs.models.job import Job
from jobs.models.playlist import Place, Playlist
from jobs.models.preview import Preview
from jobs.models.querysets import JobQuerySet
from jobs.models.revision import Revision
from jobs.models.rollup import Depth, Rollup
from jobs.models.saved_prompt import SavedPrompt
from jobs.models.session import Session
from jobs.models.states import NO_LEASE, Holder, Outcome, State
from jobs.models.tally import Tally
from jobs.models.token import Token
from jobs.models.webhook import Delivery, Webhook
from jobs.models.worker_host import WorkerHost

__all__ = [
    "NO_LEASE",
    "Abandoned",
    "Attempt",
    "Delivery",
    "Depth",
    "Holder",
    "Invitation",
    "Job",
    "JobQuerySet",
    "Outcome",
    "Place",
    "Playlist",
    "Preview",
    "Revision",
    "Rollup",
    "SavedPrompt",
    "Session",
    "State",
    "Tally",
    "Token",
    "Webhook",
    "WorkerHost",
]
