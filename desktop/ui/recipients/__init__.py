"""Who has got a mailing's letter."""
