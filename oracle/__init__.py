"""The oracle: quotes seen at venues become one normalised spot index, signed and sent on-chain.

sources -> quotes -> screen -> normalise -> index -> observation -> sign -> transmit
"""
