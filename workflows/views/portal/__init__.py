"""The pages of the customer portal, under /<company>/portal/."""
