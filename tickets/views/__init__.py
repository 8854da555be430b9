"""The desk's pages: fetch, form, service, answer."""
