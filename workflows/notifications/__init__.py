"""Who is told by mail what happens to a customer's request: customers in their language, our people in theirs."""
