"""Jobs that leave traces outside the record: lines in a ledger that only they write, and an effect of some kind."""
