"""What higher floors may hear of; signals carry ids only, and receivers only enqueue."""

from django.dispatch import Signal

# Sent after commit with ``completion_id``: a completion was recorded, or superseded.
completion_changed = Signal()
