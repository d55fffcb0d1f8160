"""Results as rich tables and words, a module a kind of result; `tables` says which writes what."""
