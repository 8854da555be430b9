"""The desk: tickets, what is written, filed, logged and charged on them, and the seams where others join in."""
