"""Tags other apps' pages use to show what billing has to say."""
