"""Tags other apps' pages use to show what workflows has to say."""
