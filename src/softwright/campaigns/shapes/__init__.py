"""Review by shapes: a campaign's edits generalised, decided about, and made into rules."""
