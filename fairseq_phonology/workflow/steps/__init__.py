"""The steps of a study: of each its command line, what it needs from other steps, and what it reads of the user's.

A command holds nothing of the machine that it was written on: a study that is moved has the same ones.
"""

from .job import Job
from .order import Steps, jobs

__all__ = ["Job", "Steps", "jobs"]
