"""What a page is made of: the shell, the components, the list engine, and what becomes of an error."""
