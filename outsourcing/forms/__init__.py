"""What people type about handovers and partners. Half a form is enough for a preview; what was typed is never lost."""
