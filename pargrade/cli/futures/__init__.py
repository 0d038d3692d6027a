"""`pargrade futures`: list, trade, settle and redeem expiring futures."""
