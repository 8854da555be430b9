"""The pages of outsourcing: fetch, form, service, answer."""
