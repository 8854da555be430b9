"""Everything that can be done about a handover: one verb, one function, one transaction, our side and the contract."""
