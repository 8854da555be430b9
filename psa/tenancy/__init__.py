"""Who owns a row, who may see it, and who is acting: the three locks every other app stands behind."""
