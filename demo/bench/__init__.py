"""How fast Tandem is, beside a bare page of Django with the same queries, in one run (performance spec)."""
