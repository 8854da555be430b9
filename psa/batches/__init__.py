"""Work too long for a request: exports, bulk changes, imports. No tenant waits for another's, no step happens twice."""
