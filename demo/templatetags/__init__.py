"""Tags of the demo's two fragments."""
