"""The two dashboards and what is counted from the same rows: folders, lists, tiles, reports, scorecards."""
