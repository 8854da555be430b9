"""How people come in: sign-ins and sessions, a second factor, a company's own sign-on, invitations and leaving."""
