"""The rules of the queue, over the record: who may go next, who claims, how a run ends, what follows a loss."""
