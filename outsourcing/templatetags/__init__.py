"""Tags other apps' pages use to show what outsourcing has to say."""
