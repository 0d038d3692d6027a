"""Does what is due for every series, for everyone: propose, finalise, redeem page by page."""
