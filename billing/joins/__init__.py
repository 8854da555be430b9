"""Where each room of billing joins the desk, the clock and the pages."""
