"""The people of a tenant and what they may do: roles, levels, limits, why somebody can, who changed it."""
