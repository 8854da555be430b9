"""Mail: written as rows in the author's transaction, sent by the worker, shown in the outbox."""
