"""The journal: every change leaves one entry; who must hear of it in the same breath, or afterwards, says so here."""
